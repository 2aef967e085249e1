# On a machine with Python 3.11 or newer, git and make, two commands do everything: `make demo` and `make test`.
PYTHON ?= python3
# There is no console to serve yet; once there is, SERVE=0 keeps `make demo` from serving it.
SERVE ?= 1
READINGS ?=
READINGS_OPTIONS ?=
DEMO_OPTIONS ?=
BENCH_OPTIONS ?=
# Which tests: MARKED="not data", TESTS=tests/quantity
MARKED ?=
TESTS ?= tests
# Which database they use: sqlite, or a PostgreSQL server that is made for them.
DATABASE ?= sqlite
PLATFORM := $(wildcard $(addprefix tests/,records enterprise customers network metering receivables billing console))

VENV := .venv
BIN := $(VENV)/bin
LINTED := src tests
# -qq: only its errors are told.
PIP := $(BIN)/python -m pip --disable-pip-version-check install -qq -c constraints.txt
PYTEST = $(BIN)/python -m pytest -n 2 $(if $(filter postgresql,$(DATABASE)),--postgresql) $(if $(MARKED),-m "$(MARKED)") $(TESTS)
# What is installed, each an empty file: what the program needs, what its tests and linters need, what else.
RUNS := $(VENV)/.runs
SETUP := $(VENV)/.set-up

.PHONY: help demo test setup lint style types floors registries format bench peers spark engines postgresql browser coverage clean

help:
	@echo "make demo      set up; from readings to bills, and what to do next"
	@echo "                 READINGS=file                  a file of your own"
	@echo "                 READINGS_OPTIONS='--unit kW'   what it does not tell itself"
	@echo "                 DEMO_OPTIONS='--month 2026-09' and more: wattloop demo --help"
	@echo "                 SERVE=0                        end, once there is a console"
	@echo "make test      set up; every test that needs no server"
	@echo "                 TESTS=tests/lake MARKED='not data'   some of them"
	@echo "make setup     the environment alone, in $(VENV)"
	@echo "make lint      style, types, floors, no registry named"
	@echo "make format    mend what of the style can be mended"
	@echo "make bench     the speed and memory that the design promises"
	@echo "                 BENCH_OPTIONS='--accounts 10000'     smaller"
	@echo "make peers     what the bench can be compared with besides pandas"
	@echo "make engines   Spark beside DuckDB: set up (450 MB, needs Java 17) and tested"
	@echo "make postgresql  the platform's tests on a PostgreSQL server of their own"
	@echo "make browser   the stories in a real browser (needs Chromium)"
	@echo "make coverage  which lines no test runs"
	@echo "make clean     everything made but $(VENV); the demo's folder with it"

demo: $(RUNS)
	@$(BIN)/wattloop demo $(if $(READINGS),--readings "$(READINGS)") $(READINGS_OPTIONS) $(DEMO_OPTIONS)

test: $(SETUP)
	@$(PYTEST)

setup: $(SETUP)
	@echo "$(VENV) is ready"

$(RUNS): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Wattloop needs Python 3.11 or newer, and '$(PYTHON)' is not. Name one: make $(MAKECMDGOALS) PYTHON=/path/to/python3"; \
		exit 1; }
	@echo "setting up $(VENV), once; about a minute"
	@$(PYTHON) -m venv $(VENV) || { \
		echo "'$(PYTHON)' cannot make an environment. On Debian and Ubuntu install python3-venv; then make $(MAKECMDGOALS) again."; \
		exit 1; }
	@$(PIP) -e .
	@touch $@

$(SETUP): $(RUNS)
	@echo "adding what tests and linters need"
	@$(PIP) -e '.[test,lint]'
	@touch $@

$(VENV)/.with-%: $(SETUP)
	@$(PIP) -e '.[$*]'
	@touch $@

lint: style types floors registries

style: $(SETUP)
	@$(BIN)/ruff check --quiet $(LINTED)
	@$(BIN)/ruff format --check --quiet $(LINTED)

types: $(SETUP)
	@$(BIN)/mypy

floors: $(SETUP)
	@$(BIN)/lint-imports --no-logo

registries:
	@.ci/names-no-registry

format: $(SETUP)
	@$(BIN)/ruff check --fix --quiet $(LINTED)
	@$(BIN)/ruff format --quiet $(LINTED)

bench: $(RUNS)
	@$(BIN)/wattloop bench $(BENCH_OPTIONS)

peers: $(VENV)/.with-bench

spark: $(VENV)/.with-spark

postgresql: $(SETUP)
	@$(MAKE) --no-print-directory test DATABASE=postgresql TESTS="$(PLATFORM)" MARKED='not browser and not spark'

browser: $(SETUP)
	@$(MAKE) --no-print-directory test MARKED=browser

engines: spark
	@$(BIN)/python -m pytest -m spark $(TESTS)

coverage: $(SETUP)
	@$(BIN)/coverage erase
	-@$(BIN)/coverage run -m pytest -q -n 2 $(if $(MARKED),-m "$(MARKED)") $(TESTS)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

clean:
	rm -rf out build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.* .import_linter_cache
