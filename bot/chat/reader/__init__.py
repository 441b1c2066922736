"""What people mean: a text and where it was said become a reading. Pure; nothing here looks anything up but words."""
