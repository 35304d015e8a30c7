"""Starts processes of this program and exchanges messages with them."""
