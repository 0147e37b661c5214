# Every target creates what it needs: Python 3.11+ and make are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CLIENTS := tests/graphql_clients
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes

.DEFAULT_GOAL := help
.PHONY: help run test check schema migration lock vulnerabilities clients soak bench bench-peers clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

run: $(VENV)/.runtime ## Start the demo on http://127.0.0.1:8000 (data under ./data)
	@$(BIN)/python -m app serve --demo

test: $(VENV)/.dev ## Run all tests on SQLite and PostgreSQL
	@$(BIN)/python -m pytest

check: $(VENV)/.dev ## Lint, types, import law, SDL snapshot
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m app export-schema --check

schema: $(VENV)/.runtime ## Write schema/schema.graphql from the code
	@$(BIN)/python -m app export-schema

migration: $(VENV)/.runtime ## Write a migration for changed models: make migration NAME=what_changed
	@$(BIN)/python -m app.persistence.new_migration $(NAME)

lock: $(VENV)/.dev ## Resolve the dependencies anew into the two lock files
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header \
		pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header \
		pyproject.toml --group dev -o requirements-dev.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header \
		pyproject.toml --group dev --group bench -o requirements-bench.lock

vulnerabilities: $(VENV)/.dev ## Look the locked packages up among known vulnerabilities; needs pypi.org
	@$(BIN)/pip-audit --strict --require-hashes --disable-pip -r requirements.lock

clients: $(VENV)/.dev $(CLIENTS)/node_modules/.installed ## Run GraphQL clients against a demo; needs npm
	@$(BIN)/python -m pytest -n 0 $(CLIENTS)

soak: $(VENV)/.dev ## Break the service at length, docs/reliability.md: make soak ARGS="restarts"
	@$(BIN)/python -m tests.soak $(ARGS)

bench: $(VENV)/.bench ## Measure beside peers in Python: make bench ARGS="reads --rounds 3"
	@$(BIN)/python -m benchmarks $(ARGS)

bench-peers: $(VENV)/.bench ## Measure beside peers from npm too; needs npm
	@npm install --prefix benchmarks/peers --no-package-lock --no-audit --no-fund
	@$(BIN)/python -m benchmarks --peers $(ARGS)

clean: ## Remove the environment and caches; the data stays
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

$(VENV)/.runtime: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		(echo "Python 3.11 or newer is needed: make PYTHON=python3.12 ..."; exit 1)
	@echo "Creating the environment in $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(INSTALL) -r requirements.lock
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@echo "Adding the development tools ..."
	@$(INSTALL) -r requirements-dev.lock
	@touch $@

$(VENV)/.bench: requirements-bench.lock $(VENV)/.dev
	@echo "Adding what the benchmarks need ..."
	@$(INSTALL) -r requirements-bench.lock
	@touch $@

$(CLIENTS)/node_modules/.installed: $(CLIENTS)/package-lock.json
	@echo "Installing the clients from npm ..."
	@npm ci --prefix $(CLIENTS) --no-audit --no-fund --loglevel=error
	@touch $@
