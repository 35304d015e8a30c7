"""Ranks the sentences of the passages that the searches find, and reads the best."""

from retrieval.earlier_names import register_earlier_components

# "retrieval.ranking" was a module, and Haystack imports it to find the class that it held.
register_earlier_components()
