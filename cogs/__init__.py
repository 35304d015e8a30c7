"""Discord: commands, mentions and private messages in; cards out.

Read in this order: markdown, cards, passage, replies, ask, client, run.
"""
