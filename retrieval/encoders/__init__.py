"""The models that ship: one embeds texts, one scores a sentence for a question."""
