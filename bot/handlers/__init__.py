"""What the dispatcher does about each command and each button: one function each, from a context to an answer."""
