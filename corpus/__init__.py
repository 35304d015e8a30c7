"""Articles: read from files and the web, split into sentences and passages, and stored.

Read in this order: article (the values), parsing, segmentation, storage, ingestion, web. Nothing
here knows how articles are searched.
"""
