"""From a sound and a recipe to a clip: every step of the method in order, nothing half-made left behind."""
