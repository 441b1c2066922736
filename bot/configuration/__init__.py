"""The settings as an operator meets them: what there is, what is chosen where, and what is wrong with a choice."""
