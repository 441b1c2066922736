"""What the desk does about each command and each button: one function each, from a visit to an answer."""
