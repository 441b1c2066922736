"""The ear: what a listener hears change in a sound, when, how strongly and why.

`listener.Listener` takes the samples in, `hearing.Hearing` is what it heard, `changes.changes` chooses from it.
"""
