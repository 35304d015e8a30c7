"""A library: its articles, passages and embeddings, in an SQLite file or in PostgreSQL."""
