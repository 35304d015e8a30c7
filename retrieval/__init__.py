"""From a question to an answer whose every citation was copied from the stored text.

Read in this order: answer (the values), library (the articles, opened for search),
embedder, vectors, keywords, retriever, reader, verify, pipeline, render.
"""

import os

# Haystack reads this once, at its first import, and otherwise reports usage over the network.
os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"
