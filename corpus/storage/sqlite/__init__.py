"""Libraries in SQLite, a file each."""
