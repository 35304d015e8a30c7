"""What the bot remembers of Discord: settings, quotas, answers, votes, servers that it left."""
