PYTHON := .venv/bin/python

.PHONY: setup test lint lock bench

setup:
	python3 -m venv .venv
	$(PYTHON) -m pip install -q --require-hashes -r requirements-dev.lock

test:
	$(PYTHON) -m pytest

lint:
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	PYTHONPATH=. .venv/bin/lint-imports

# Needs uv. No registry is named in the files: pip asks the one that it is set up for.
lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links --extra test --extra lint -c requirements.lock pyproject.toml -o requirements-dev.lock

# make bench SETS="folder folder": see benchmarks/sets.py for what is in them.
bench:
	$(PYTHON) benchmarks/answering.py $(SETS) --cache build/bench
