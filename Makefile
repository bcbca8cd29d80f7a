# `make up` runs the demo hub; `make test` runs the tests. Both need Python 3.11+ and make, nothing else.
PYTHON ?= python3
BIN := .venv/bin
NO_PACKAGES := echo "pip could not install what pyproject.toml names (its reason stands above): is a package index within reach?"; exit 1
.DEFAULT_GOAL := help
.PHONY: help up test fast lint format types check clean

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

.venv/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Cais needs Python 3.11 or newer; this is $$($(PYTHON) --version 2>&1). Name another: make up PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv .venv && touch $@

.venv/runtime: .venv/python pyproject.toml
	@echo "installing what the hub needs into .venv (once) …"
	@$(BIN)/pip install -qq --disable-pip-version-check -e . && touch $@ || { $(NO_PACKAGES); }

.venv/development: .venv/python pyproject.toml
	@echo "installing what the tests need into .venv (once) …"
	@$(BIN)/pip install -qq --disable-pip-version-check -e '.[dev]' && touch $@ .venv/runtime || { $(NO_PACKAGES); }

up: .venv/runtime ## the demo seller's hub, with the sandbox in the platforms' place; Ctrl-C ends it
	@exec $(BIN)/cais up --demo

test: .venv/development ## all tests: the parts on all cores, then whole hubs one after another
	@$(BIN)/pytest -n auto --dist loadfile -q --ignore tests/hub tests
	@$(BIN)/pytest -q tests/hub

fast: .venv/development ## the tests that need no server (under a minute)
	@$(BIN)/pytest -q -m "not contract and not clients and not security and not faults and not postgres and not temporal and not browser" tests

lint: .venv/development ## ruff: mistakes
	@$(BIN)/ruff check .

format: .venv/development ## ruff: is the code formatted
	@$(BIN)/ruff format --check .

types: .venv/development ## mypy, strict
	@$(BIN)/mypy

check: lint format types ## lint, format, types
	@$(BIN)/cais check

clean: ## takes away the demo's state (orders, keys, Temporal's database)
	rm -rf var
