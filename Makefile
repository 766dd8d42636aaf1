# The targets are few: demo, test, check, bench, fuzz, docs, clean (and setup, which the others call).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: setup demo test check bench fuzz docs lock clean

setup: $(VENV)/.ready-dev

demo: $(VENV)/.ready-run
	$(BIN)/jacana demo $(if $(HEADLESS),--headless)

test: $(VENV)/.ready-dev
	@$(BIN)/python tests/install_chromium.py
	$(BIN)/pytest -n auto --dist loadgroup $(ARGS)

check: $(VENV)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.ready-dev
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench.txt
	$(BIN)/python -m benchmarks $(ONLY)

# 10,000 damaged files through the decoder; `make fuzz ARGS="--files 500 --seed 7"` for others.
fuzz: $(VENV)/.ready-dev
	PYTHONPATH=tests $(BIN)/python -m hostile --files 10000 --seed 1 $(ARGS)

docs: $(VENV)/.ready-dev
	$(BIN)/jacana docs docs/reference

# Rewrites the lock files from pyproject.toml: versions and hashes, no addresses. Needs uv.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --quiet --extra test --extra check --extra build --extra ray --extra threatexchange pyproject.toml -o requirements/dev.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --quiet --extra build -c requirements/dev.txt pyproject.toml -o requirements/run.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --quiet --extra bench -c requirements/dev.txt pyproject.toml -o requirements/bench.txt

$(VENV)/.ready-%: requirements/%.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Jacana needs Python 3.11 or newer; set PYTHON=…"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what Jacana needs into $(VENV) …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

clean:
	rm -rf $(VENV) data demo-data benchmarks/out test-results .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
