# Everything works in .venv, which is made on first use; the Python that makes it is never changed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
WORKERS ?= 2
# The share of statements and branches, in per cent, that the tests have to reach.
COVERAGE_FLOOR ?= 90
ARGS ?=

.PHONY: help install demo test check lint types imports wheel bench bench-orders docs clean

help:
	@echo 'make demo    play a trading day between two simulated systems (ARGS="--seed 7 --faults heavy")'
	@echo 'make test    run the tests'
	@echo 'make check   lint, types, import directions, wheel, tests with branch coverage'
	@echo 'make bench   race parts of the library against simpler ways; push 100,000 levels to a simulated marketplace'
	@echo 'make bench-orders   44,000 orders that change while they are read, ten times (ARGS="--seeds 3 --quick")'
	@echo 'make docs    build the documentation into site/'

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 …' >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[store,postgres,testing,cli,dev]'
	@touch $@

demo: $(STAMP)
	$(BIN)/khaos-connectors demo $(ARGS)

# A page's examples build on one another, so a file stays with one worker.
test: $(STAMP)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -q $(ARGS)

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy
	$(BIN)/pyright

imports: $(STAMP)
	$(BIN)/lint-imports

wheel: $(STAMP)
	.ci/wheel $(BIN)/python

# The tests come last, so that what is printed last is their summary.
check: lint types imports wheel
	$(MAKE) --no-print-directory test ARGS="--cov --cov-report=term --cov-fail-under=$(COVERAGE_FLOOR) $(ARGS)"

bench: $(STAMP)
	$(BIN)/python benchmarks/run.py $(ARGS)
	$(BIN)/python benchmarks/mirakl_push.py

# Ten times 44,000 orders take a quarter of an hour.
bench-orders: $(STAMP)
	$(BIN)/python benchmarks/mirakl_orders.py $(ARGS)

docs: $(STAMP)
	$(BIN)/mkdocs build --strict

clean:
	rm -rf build dist site htmlcov .coverage .coverage.*
