"""The network with everything folded that does not depend on the picture."""
