"""Answers for many at once: which library, whose turn, on which thread."""
