"""What is compared: what every moment of a sound is like, and how unlike the moments around it."""
