"""A run's directory, and the self-describing checkpoints in it."""
