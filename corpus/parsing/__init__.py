"""Reads files: bytes in, an article and the facts about it out."""
