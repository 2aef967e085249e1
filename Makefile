# Two commands do everything on a machine with Python 3.11, git and make: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SETUP := $(VENV)/.set-up
LINTED := src tests
# There is no console to serve yet; SERVE=0 is what will keep `make demo` from serving one.
SERVE ?= 1
READINGS ?=
READINGS_OPTIONS ?=
BENCH ?=

.PHONY: help setup demo test lint format bench coverage engines clean

help:
	@echo "make demo [SERVE=0] [READINGS=file]   set up, then readings to bills"
	@echo "make test                             set up, then every test that needs no server"
	@echo "make setup | lint | format | bench | coverage | engines | clean"

setup: $(SETUP)

$(SETUP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Wattloop needs Python 3.11 or newer; name one: make $(MAKECMDGOALS) PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv is missing: install it (Debian: apt-get install python3-venv)"; exit 1; }
	@echo "setting up $(VENV) (once, about a minute)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test,lint]'
	@touch $@

demo: setup
	@$(BIN)/wattloop demo $(if $(READINGS),--readings "$(READINGS)") $(READINGS_OPTIONS)

test: setup
	@$(BIN)/python -m pytest -n 2 -m "not spark and not crash"

engines: setup
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[spark]'
	@$(BIN)/python -m pytest -m spark

lint: setup
	@$(BIN)/ruff check $(LINTED)
	@$(BIN)/ruff format --check $(LINTED)
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: setup
	@$(BIN)/ruff check --fix --quiet $(LINTED)
	@$(BIN)/ruff format --quiet $(LINTED)

bench: setup
	@$(BIN)/wattloop bench $(BENCH)

coverage: setup
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest -m "not spark and not crash" -q
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

clean:
	rm -rf out build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage*
