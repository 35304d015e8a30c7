"""The processes that add articles to the libraries of a running bot."""
