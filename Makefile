# 商量 shāngliang. Needs Python 3.11 or newer, and make; fetches all else. `make help` lists what there is.
PYTHON := $(firstword $(foreach p,python3 python3.13 python3.12 python3.11,$(if $(shell $(p) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo y),$(p))))
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
UV := $(BIN)/uv
SOURCES := shared services shangliang tests bench
LOCKED := -q --universal --generate-hashes --no-emit-index-url --no-header

.DEFAULT_GOAL := help
.PHONY: help demo up test bench setup lock format lint check contracts reference clean

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

demo: setup ## two real stories, from first word to last, on a real Kafka and PostgreSQL
	@$(BIN)/shangliang demo

up: setup ## the system in the foreground until Ctrl-C, at http://127.0.0.1:8311
	@$(BIN)/shangliang up

ALONE := tests/faults/test_away.py tests/faults/test_kills.py tests/system/test_stories.py
# what wants the machine, or the city, for itself; it goes first, so that Kafka is fetched once and not by two at a time

test: setup ## every test, against real servers; two files at a time where they don't mind
	@$(BIN)/python -m pytest $(ALONE)
	@$(BIN)/python -m pytest -n 2 --dist loadfile $(ALONE:%=--ignore %)

bench: setup ## measures side by side, prints a table, writes bench/results.json
	@$(BIN)/python -m bench

setup: $(READY) ## .venv from the lock, and nothing else

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, then run make again."; exit 1; }
	@test -x $(BIN)/python || { echo "· $(VENV)"; $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Python's venv module is missing: install it (on Debian: apt-get install python3-venv), then run make again."; exit 1; }; }
	@test -x $(UV) || { echo "· uv"; $(BIN)/python -m pip install -q --disable-pip-version-check "$$(sed -n 's/^\(uv==[^ ]*\).*/\1/p' requirements.lock)" || { \
		echo "uv could not be fetched from the Python package index: check the network, or set PIP_INDEX_URL to a mirror."; exit 1; }; }
	@echo "· packages"; $(UV) pip sync -q --python $(BIN)/python --require-hashes requirements.lock \
		&& $(UV) pip install -q --python $(BIN)/python --no-deps --editable . || { \
		echo "Packages could not be fetched: check the network, or set UV_DEFAULT_INDEX and PIP_INDEX_URL to a mirror."; exit 1; }
	@touch $(READY)

lock: setup ## requirements.lock anew from pyproject.toml, and the image's share of it; no index is named, so any mirror serves
	@$(UV) pip compile $(LOCKED) --extra embedded --group dev pyproject.toml -o requirements.lock
	@$(UV) pip compile $(LOCKED) --constraint requirements.lock pyproject.toml -o deploy/requirements.lock

format: setup ## code as ruff formats it
	@$(BIN)/ruff format $(SOURCES)
	@$(BIN)/ruff check --fix $(SOURCES)

lint: setup ## format, ruff, pyright, imports
	@$(BIN)/ruff format --check $(SOURCES)
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/pyright
	@$(BIN)/lint-imports

contracts: setup ## docs/reference/contracts anew; says what would break a reader
	@$(BIN)/shangliang contracts

reference: contracts ## all of docs/reference anew: contracts, HTTP, command line, settings, problems
	@$(BIN)/shangliang reference

check: test lint ## what CI runs
	@$(BIN)/shangliang contracts --check
	@$(BIN)/shangliang reference --check

clean: ## away with what was installed and with local data
	@rm -rf $(VENV) .shangliang
