"""Pictures about a clip: poster, storyboard, thumbnail."""
