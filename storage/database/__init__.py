"""The database itself: its tables, transactions, migrations and leases."""
