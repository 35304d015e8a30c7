"""Finds the answer to a question in the articles; each citation is copied from the stored text.

A question walks through these rooms: query (what is asked, and within which articles), encoders
and index (embeddings and search), ranking (which sentences answer), answering (the answer, its
citations and its checks), writing (a language model's words, where one is set) and serving (which
library answers, one question at a time). language holds the rules for English that they share.
"""

import os

from retrieval.earlier_names import install_earlier_modules

# Haystack and ONNX Runtime report usage over the network unless these are set before they are
# first imported; ONNX Runtime also stores an id of the machine in ~/.cache.
os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

install_earlier_modules()
