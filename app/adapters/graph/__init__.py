"""The graph store on its engines, side by side."""
