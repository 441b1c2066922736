"""What must still be said in a chat, and what has been said."""
