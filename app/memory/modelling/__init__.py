"""Asking a language model: what is asked on whose account, what may be spent, and what tenants tell it."""
