# Two commands set everything up: `make run` (the main job on a sample, against the built-in simulator) and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help setup run test simulation torture mutation docs pictures lint types imports clean lock

help: ## what there is to make
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 14

setup: $(STAMP) ## the virtual environment, with the locked dependencies

$(STAMP): requirements.lock pyproject.toml
	@echo "Setting up $(VENV) (once; a minute or two) ..."
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; name one: make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

run: setup ## the main job end to end: a sample migration of 14,000 numbers, bought from the built-in simulator
	@# exit code 4 is what a real provider makes of a migration too: done, and some rows need a person
	$(BIN)/numbatch run samples/migration.xlsx --simulate --speed 20 --faults typical --seed 7 --rate 50 --workers 50 \
	  || [ $$? -eq 4 ]

test: setup lint types imports ## everything that must hold: style, types, imports, tests with coverage
	@rm -f .coverage .coverage.*
	$(BIN)/coverage run -m pytest -n auto --dist worksteal
	@$(BIN)/coverage combine -q
	$(BIN)/coverage report --fail-under=95
	@$(BIN)/coverage report --fail-under=99 --include='batch/ledger/*,batch/pool/*,batch/reconciler/*,batch/session/*,*/codes.py' \
	  || { echo "Where money is at stake, every branch must be tested (above: what is not)."; exit 1; }
	@$(MAKE) --no-print-directory simulation

simulation: setup ## 10,000 seeded lives with faults, kills and people, on virtual time; prints which lines of the state table they took
	PYTHONPATH=tests $(BIN)/python -m simulation --seeds 10000

torture: setup ## long: kills the real command 1,000 times, reads 1,000 hostile files, buys 100,000 numbers
	$(BIN)/python tests/crash/torture.py --lives 1000
	HOSTILE=1000 ROWS=100000 $(BIN)/python -m pytest -q -n auto -m "slow or long" tests/crash/test_hostile.py tests/crash/test_scale.py
	$(BIN)/python -m pytest -q -n auto -m long

mutation: setup ## long: plants mistakes in the state machine and its tables; at least 95 in 100 must be noticed
	$(BIN)/python tests/mutation/mutate.py

docs: setup ## docs/fields.md, from the tables that check orders
	$(BIN)/python docs/write_fields.py

pictures: setup ## the README's picture and samples/results.xlsx (needs LibreOffice and poppler)
	docs/make_pictures

lock: setup ## the locked dependencies, made anew from pyproject.toml
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
	  pyproject.toml --group dev --all-extras -o requirements.lock --upgrade

lint: setup ## style and common mistakes
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup ## mypy, strict
	$(BIN)/mypy

imports: setup ## who may import whom
	$(BIN)/lint-imports

clean: ## everything made here, but for the ledgers in your state directory
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*
