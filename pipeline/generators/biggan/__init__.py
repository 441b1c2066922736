"""BigGAN-deep: the one place that knows torch. Importing this package alone does not load it."""
