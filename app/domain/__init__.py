"""What memory is, in plain Python: values and pure decisions. Standard library only."""
