"""The port between the bot and any chat: what comes in, what is answered, and the grammar of a request."""
