"""What draws the pictures: BigGAN-deep, and sketch, which needs no download."""
