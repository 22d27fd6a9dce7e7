"""The command line. It speaks the HTTP contract, to a running server or to a service of its own in this process."""
