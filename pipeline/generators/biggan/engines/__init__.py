"""The forward pass, and where it is computed."""
