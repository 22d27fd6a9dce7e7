"""The graph store, the record of everything: one small protocol per concern, one adapter may serve them all."""
