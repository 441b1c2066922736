"""A cage for children that touch foreign bytes: five layers of the operating system, each of which may be missing."""
