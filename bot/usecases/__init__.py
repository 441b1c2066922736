"""What the bot does, as plain functions that take their collaborators as arguments."""
