"""Search in a library: by meaning and by words, in files, in memory or in PostgreSQL."""
