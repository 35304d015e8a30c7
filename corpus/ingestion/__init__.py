"""Takes what was read into a library: embeds it, finds its copies, stores it."""
