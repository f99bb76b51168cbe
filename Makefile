# PriceStream's commands. `make help` lists them.

PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

# A Python that somebody named is meant: an environment of another one is made anew.
NAMED := $(if $(filter file default,$(origin PYTHON)),,--this-python)
RUNTIME := @$(PYTHON) .ci/environment.py $(NAMED) requirements.txt
DEVELOPMENT := @$(PYTHON) .ci/environment.py $(NAMED) requirements-dev.txt

.PHONY: help run worker test check format bench screenshots clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## install, migrate and serve on http://127.0.0.1:8000 until Ctrl-C
	$(RUNTIME)
	@exec $(BIN)/python manage.py serve --setup

worker: ## the job queue alone, beside a `make run` or a server elsewhere
	$(RUNTIME)
	@exec $(BIN)/python manage.py worker

test: ## the whole suite, on SQLite and on PostgreSQL (TESTS="tests/x -q" for a part)
	$(DEVELOPMENT)
	@$(BIN)/python -m tests.engines $(TESTS)

check: ## format, lint, types, import contracts, migrations, deployment checks
	$(DEVELOPMENT)
	$(BIN)/ruff format --check -q .
	$(BIN)/ruff check -q .
	$(BIN)/mypy pricestream prices ingestion dashboard manage.py
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	PRICESTREAM_PUBLIC_URL=https://prices.example $(BIN)/python manage.py check --deploy --fail-level WARNING

format: ## format the code
	$(DEVELOPMENT)
	$(BIN)/ruff format -q .
	$(BIN)/ruff check -q --fix .

bench: ## print the tables of docs/benchmarks.md (never a gate)
	$(DEVELOPMENT)
	@$(BIN)/python -m benchmarks.catalogue
	@$(BIN)/python -m benchmarks.writing
	@$(BIN)/python -m benchmarks.memory

screenshots: ## make the pictures of docs/screenshots
	$(DEVELOPMENT)
	@$(BIN)/python -m tests.browser.screenshots

clean: ## remove the virtual environment and the caches (not the data)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
