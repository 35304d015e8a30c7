"""From a question to an answer: choose sentences, cite them, check them, trace it."""
