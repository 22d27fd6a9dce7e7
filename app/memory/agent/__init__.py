"""What an agent does to a memory itself: the tools that it is given, the core that it keeps, the log of its calls."""
