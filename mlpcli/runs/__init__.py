"""A run's directory, and the checkpoints in it that describe themselves."""
