"""Splits a text into sentences and passages."""
