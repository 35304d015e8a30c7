"""The terminal's commands, and how they speak; bot.py puts them together."""
