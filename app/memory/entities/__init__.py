"""Identity: which names mean the same."""
