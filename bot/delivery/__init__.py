"""How what is owed to a chat gets there, exactly once."""
