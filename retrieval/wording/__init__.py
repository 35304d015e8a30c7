"""The bot's own sentences and dates, in the reader's language."""
