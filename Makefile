# `make` lists what there is to do. Two commands matter: `make run` and `make test`.
# Needed on the machine: Python 3.11 or newer, and make. Everything else is installed into .venv.

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$p && break; done)
PORT ?= 8000
WORKERS ?= 3
BIN := .venv/bin
# Handed on this way make starts programs without a shell in between, so that signals reach them.
export PORT

.DEFAULT_GOAL := help
.PHONY: help install install-dev run demo clean-demo test test-sqlite test-postgres test-thorough test-browser lint format types \
	imports migrations check browser screenshots vendor lock clean python

help: ## List the targets
	@echo "Usage: make TARGET"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

python:
	@$(or $(PYTHON),false) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Python 3.11 or newer is needed and was not found$(if $(PYTHON), as $(PYTHON))." >&2; \
		echo "Install it, or name it: make run PYTHON=/path/to/python3.11" >&2; exit 1; }

install: python
	@$(PYTHON) scripts/bootstrap.py

install-dev: python
	@$(PYTHON) scripts/bootstrap.py --dev

run: install ## Start the site with demo data on this machine (PORT=8000)
	@$(BIN)/python scripts/run.py

demo: install ## Load or renew the demo data without starting the site
	@$(BIN)/python scripts/run.py --only-prepare

clean-demo: ## Remove the database and all files of the demo on this machine (var/)
	rm -rf var

# The steps of `make test`, cheapest first, so that a slip is found before the long part begins.
test: install-dev browser ## Check everything: style, types, rooms, migrations, all tests on SQLite and on PostgreSQL
	@$(MAKE) --no-print-directory lint types imports migrations
	@$(MAKE) --no-print-directory test-sqlite
	@$(MAKE) --no-print-directory test-postgres

test-sqlite: install-dev browser ## All tests on SQLite, browser included
	@echo "== Tests on SQLite"
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal --database=sqlite $(ARGS)

test-postgres: install-dev ## What depends on the database, again on a real PostgreSQL with a real Redis
	@echo "== Tests on PostgreSQL"
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal --database=postgres $(ARGS)

test-thorough: install-dev browser ## Also what is too long for every change: more of the same questions, pages on PostgreSQL
	@$(MAKE) --no-print-directory test-sqlite ARGS="--thorough $(ARGS)"
	@$(MAKE) --no-print-directory test-postgres ARGS="--thorough $(ARGS)"

test-browser: install-dev browser ## Only the tests that drive a browser
	@$(BIN)/python -m pytest -q -m e2e $(ARGS)

lint: install-dev ## Style and likely mistakes (ruff)
	@echo "== Style"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: install-dev ## Rewrite the code in the common style
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

types: install-dev ## Types (mypy)
	@echo "== Types"
	@$(BIN)/mypy

imports: install-dev ## The order of rooms and layers (import-linter)
	@echo "== Rooms and layers"
	@$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports

migrations: install-dev ## No model change without its migration
	@echo "== Migrations"
	@DJANGO_SETTINGS_MODULE=scadl.settings.test $(BIN)/python manage.py makemigrations --check --dry-run

check: lint types imports migrations ## Everything of `make test` that takes seconds

browser: install-dev ## Find Chromium, or install Debian's package when run as root
	@$(BIN)/python scripts/browser.py

screenshots: install-dev browser ## Picture every page: wide and phone, light and dark (into screenshots/)
	@$(BIN)/python scripts/screenshots.py $(ARGS)

vendor: install-dev ## Fetch the vendored front-end parts anew (needs npm)
	@$(BIN)/python scripts/vendor.py

lock: install-dev ## Resolve the dependencies anew into the lock files (needs the package index)
	@$(BIN)/python scripts/lock.py $(ARGS)

clean: ## Remove the virtual environment and caches; the demo data stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis staticfiles
