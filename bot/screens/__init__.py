"""What people see: from a state to a screen, in their language. Pure, and the only place where screens are made."""
