"""Who talks to the bot, and where."""
