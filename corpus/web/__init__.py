"""Fetches pages and feeds, politely and safely, and looks at them again."""
