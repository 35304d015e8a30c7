"""Discord: commands, mentions and private messages in; cards out.

Read in this order: markdown, cards, replies, promises, passage, ask, client, run.
"""
