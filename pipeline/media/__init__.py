"""Sound and film files: what is in them, how to read them, how to make one."""
