"""Articles: read from files, split into spans, kept in SQLite.

Read in this order: article (the values), extract, split, store, ingest. Nothing here knows
how articles are searched.
"""
