"""Side-by-side measurements, one command each; nothing here is asserted in tests."""
