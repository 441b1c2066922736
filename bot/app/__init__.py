"""The running program: put together, served, examined."""
