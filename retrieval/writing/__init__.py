"""A language model that words answers; what it says is checked."""
