"""What concerns all of the tables: forgetting a person, and figures for the owner."""
