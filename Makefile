PYTHON := .venv/bin/python

.PHONY: setup test coverage lint lock docs sbom bench bench-search bench-discord

setup:
	python3 -m venv .venv
	$(PYTHON) -m pip install -q --require-hashes -r requirements-dev.lock

test:
	$(PYTHON) -m pytest -n auto

# What of corpus/ and retrieval/ the default suite runs; its subprocesses are not counted.
coverage:
	$(PYTHON) -m pytest -n auto --cov --cov-report=term:skip-covered

lint:
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	PYTHONPATH=. .venv/bin/lint-imports

# Needs uv. No registry is named in the files: pip asks the one that it is set up for.
lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links --extra postgres --extra tracing -c requirements.lock pyproject.toml -o ops/requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links --extra test --extra lint -c requirements.lock pyproject.toml -o requirements-dev.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links docs/requirements.in -o docs/requirements.txt

# The site of the documentation, in build/site; `build/docs/bin/mkdocs serve` shows it while you write.
docs:
	python3 -m venv build/docs
	build/docs/bin/pip install -q --require-hashes -r docs/requirements.txt
	build/docs/bin/mkdocs build --strict

# A bill of materials in CycloneDX's form, of all that any setting needs; build/audit has the tool: pip install cyclonedx-bom.
sbom:
	build/audit/bin/cyclonedx-py requirements ops/requirements.lock --of JSON -o build/sbom.json

# make bench SETS="folder folder": see retrieval/evaluation/question_set.py for what is in them.
bench:
	for set in $(SETS); do $(PYTHON) bot.py evaluate $$set --cache build/bench || exit 1; done

# make bench-search DATA="passages.jsonl.xz vectors.npy questions.npy" (benchmarks/embed.py makes
# the last two): this library, raw FAISS and tantivy, and the peers. It takes some two hours.
bench-search:
	python3 -m venv build/peers
	build/peers/bin/pip install -q -r benchmarks/engines/requirements.txt
	build/peers/bin/pip install -q --no-deps faiss-haystack==3.0.0
	$(PYTHON) -m benchmarks.compare $(DATA) --work build/search --peers build/peers/bin/python
	build/peers/bin/python -m benchmarks.compare --work build/search --report benchmarks/results/search

# make bench-discord DATA="passages.jsonl.xz vectors.npy questions.jsonl" BESIDE="Nothing else ran.":
# the bot under load, some ten minutes.
bench-discord:
	$(PYTHON) -m benchmarks.load $(DATA) --work build/load --report benchmarks/results/discord.md --beside "$(BESIDE)"
