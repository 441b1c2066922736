"""Sound in, clip out: the method of GANterpretations, one step to a file."""
