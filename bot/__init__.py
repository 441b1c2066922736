"""What people meet: chat adapters, use-cases, the command line, and the wiring of them all."""
