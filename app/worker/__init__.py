"""The background worker, in the process of the API or in one of its own."""
