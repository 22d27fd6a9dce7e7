"""Notes: what callers write and models propose, how they hang together, and what becomes of them."""
