"""A library in PostgreSQL: the same store over another database, a schema for each library.

Read in this order: connection (SQLite's words for PostgreSQL), conditions (filters), store.
"""
