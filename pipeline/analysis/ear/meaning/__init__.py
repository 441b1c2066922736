"""Why a point is there, and which section comes again."""
