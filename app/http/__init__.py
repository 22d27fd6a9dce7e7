"""The HTTP face: parse, one call into the product, return."""
