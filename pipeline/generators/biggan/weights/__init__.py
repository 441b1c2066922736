"""The published weights: fetched, checked, and read into the package's model."""
