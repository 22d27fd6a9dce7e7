"""The product: one room per capability, written against the ports."""
