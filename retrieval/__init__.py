"""From a question to an answer whose every citation was copied from the stored text.

Read in this order: answer (the values), library (the articles, opened for search),
embedder, vectors, retrievers, reader, answerer, verify, pipeline, shelf, service, render.
"""

import os

# Both report usage over the network unless told not to before their first import; ONNX
# Runtime also keeps an id of the machine in ~/.cache.
os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
