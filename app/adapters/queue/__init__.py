"""The queue: docket, on memory or on Redis."""
