"""Rules for English that the other rooms share: words, times, quotations, references."""
