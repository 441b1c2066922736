"""Who executes jobs: the port, and the engine that needs nothing but the database."""
