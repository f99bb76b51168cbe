# PriceStream's commands. `make help` lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help run worker test check format bench clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/run.stamp ## install, migrate and serve on http://127.0.0.1:8000
	@$(BIN)/python manage.py setup
	@exec $(BIN)/python manage.py serve

worker: $(VENV)/run.stamp ## the job queue alone
	@exec $(BIN)/python manage.py worker

test: $(VENV)/dev.stamp ## the whole suite, on SQLite and on PostgreSQL
	@$(BIN)/python -m tests.engines $(TESTS)

check: $(VENV)/dev.stamp ## format, lint, types, import contracts, migrations, deployment checks
	$(BIN)/ruff format --check -q .
	$(BIN)/ruff check -q .
	$(BIN)/mypy pricestream prices ingestion dashboard manage.py
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	PRICESTREAM_PUBLIC_URL=https://prices.example ALLOWED_HOSTS=prices.example \
	    $(BIN)/python manage.py check --deploy --fail-level WARNING

format: $(VENV)/dev.stamp ## format the code
	$(BIN)/ruff format -q .
	$(BIN)/ruff check -q --fix .

bench: $(VENV)/dev.stamp ## print the tables of docs/benchmarks.md (never a gate)
	@$(BIN)/python -m benchmarks.catalogue

clean: ## remove the virtual environment and the caches (not the data)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

# The stamps hold what was installed: a pull that changes the requirements installs them.
$(VENV)/run.stamp: requirements.txt | $(VENV)
	@echo "Installing PriceStream's requirements …"
	@$(BIN)/pip install -q --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/dev.stamp: requirements.txt requirements-dev.txt | $(VENV)
	@echo "Installing the development requirements …"
	@$(BIN)/pip install -q --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(VENV)/run.stamp

$(VENV):
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "PriceStream needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another one: make run PYTHON=python3.12")'
	@$(PYTHON) -m venv $(VENV)
