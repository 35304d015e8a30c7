"""From a request to a summary or a timeline, with citations."""
