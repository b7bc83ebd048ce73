"""Training: batches, augmentation, the trainer, and going on with an interrupted run."""
