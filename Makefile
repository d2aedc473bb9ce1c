# One front door. Every target does its own set-up from a bare Python 3.11 and is quick the
# second time. Pass more arguments with ARGS, e.g. `make test ARGS="tests/bot -n 0"`;
# `make -k check` goes on after a failure and shows them all.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
BROWSER := $(VENV)/.browser

.DEFAULT_GOAL := help
.PHONY: help run test check format lint types contracts shape docs bench chaos fix setup browser lock

help: ## this table
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(INSTALLED) ## the demo at http://127.0.0.1:8080 (honours CRM_HOST, CRM_PORT, CRM_DATA_DIR, …)
	@$(BIN)/crm serve --demo $(ARGS)

test: $(INSTALLED) $(BROWSER) ## every test, on SQLite and on a real PostgreSQL and Redis of its own
	@$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

check: format lint types contracts shape ## format, lint, types, import contracts, sizes, translations

format: $(INSTALLED)
	@$(BIN)/ruff format --check .

lint: $(INSTALLED)
	@$(BIN)/ruff check .

types: $(INSTALLED)
	@$(BIN)/mypy

contracts: $(INSTALLED)
	@$(BIN)/lint-imports

shape: $(INSTALLED) # sizes and places, dependencies, translations
	@$(BIN)/python -m pytest -q -p no:randomly --durations=0 --durations-min=10 \
	    tests/test_architecture.py tests/test_dependencies.py tests/test_catalogues.py

fix: $(INSTALLED) ## format the code and repair what the linter can
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

docs: $(INSTALLED) ## write the reference pages from the program
	@$(BIN)/python .ci/reference

bench: $(INSTALLED) ## speed as ratios against a floor in the same run (ARGS=--help)
	@$(BIN)/python tests/bench/run.py $(ARGS)

chaos: $(INSTALLED) ## kill and starve the program, count what was lost or doubled (ARGS=--help)
	@$(BIN)/python tests/chaos/run.py $(ARGS)

setup: $(INSTALLED) ## the virtual environment with everything pinned

browser: $(BROWSER) ## Chromium and Chinese fonts for browser tests and screenshots

lock: ## pin the newest allowed versions in constraints.txt, with hashes and without addresses
	@test -x .make/uv/bin/uv || { $(PYTHON) -m venv .make/uv && .make/uv/bin/pip install --quiet uv; }
	@.make/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-annotate --no-header --all-extras --upgrade $(ARGS) \
	    pyproject.toml -o constraints.txt

$(INSTALLED): pyproject.toml constraints.txt
	@bash .ci/setup "$(PYTHON)" "$(VENV)"
	@touch $@

$(BROWSER): .ci/browser | $(INSTALLED)
	@bash .ci/browser "$@"
