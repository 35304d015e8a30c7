"""Libraries in PostgreSQL, a schema each; it needs the package psycopg."""
