"""A page to draw on: one file with the network in it, which asks for nothing else."""
