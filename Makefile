# Two commands on a bare machine: `make run` and `make test`. Everything else is a part of them or a luxury.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
export PYTHONDONTWRITEBYTECODE = 1

.PHONY: run stop setup test lint types units bench oversell screenshots docs crash thorough lock

run: .venv/.app
	@$(BIN)/python manage.py up

stop: .venv/.app
	@$(BIN)/python manage.py up --stop

setup: .venv/.dev

# The libraries the program needs, by hash, from whatever index pip is set to.
.venv/.app: requirements/app.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@scripts/system-packages runtime
	@echo "installing the program's libraries"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/app.txt
	@touch $@

.venv/.dev: requirements/dev.txt .venv/.app
	@scripts/system-packages browser
	@echo "installing what proves it"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

# Lint and types need one processor each, the tests all there are.
test: .venv/.dev
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target lint types
	@$(MAKE) --no-print-directory units

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	@$(BIN)/python scripts/check_rooms.py
	@$(BIN)/python scripts/check_words.py
	@$(BIN)/python scripts/check_sentences.py
	@$(BIN)/python scripts/check-templates
	COMMONSHELF_DEMO=1 $(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run --skip-checks
	@scripts/check-deploy

types: .venv/.dev
	$(BIN)/mypy --cache-dir var/mypy .

units: .venv/.dev
	$(BIN)/pytest -n $${WORKERS:-2} --dist worksteal -q

bench: .venv/.dev
	$(BIN)/python manage.py bench --all

# 20,000 operations on shared days, with processes and PostgreSQL itself killed; and the same without the guard.
oversell: .venv/.dev
	$(BIN)/python manage.py bench oversell

screenshots: .venv/.dev
	$(BIN)/python manage.py screenshots

docs: .venv/.dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet --site-dir var/site

# The full crash test: every fail-point, 20 seeds each (the tests visit each with fewer).
crash: .venv/.dev
	CRASH_SEEDS=20 $(BIN)/pytest -q tests/concurrency

# What the tests do with less, in full: every page for every role in both themes, files as large shops export them.
thorough: .venv/.dev
	THOROUGH=1 $(BIN)/pytest -q tests/browser/test_pages.py tests/fulfillment/test_orders_importing.py

lock:
	@test -x $(BIN)/uv || ($(PYTHON) -m venv .venv && $(BIN)/pip install --quiet uv)
	$(BIN)/uv pip compile -q --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -o requirements/app.txt requirements/app.in
	$(BIN)/uv pip compile -q --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -o requirements/dev.txt requirements/dev.in
