"""The weights that ship with the program; scripts/export_embedder.py makes them."""
