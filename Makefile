PYTHON ?= python3
PORT ?= 3000
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CATALOGUE := $(VENV)/catalogue

.DEFAULT_GOAL := help
.PHONY: help demo test check ui bench docs lock clean

help: ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "inferledger needs Python 3.11 or newer; say which with PYTHON=..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(READY) ## run the nightly job over the example company and print the answer
	@$(BIN)/inferledger run --raw fixtures/raw --warehouse warehouse --config fixtures/config || [ $$? -eq 3 ]

$(CATALOGUE): catalogue.lock $(READY)
	rm -rf $@
	$(BIN)/python -m pip download --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary :all: \
		-r catalogue.lock -d $@
	@touch $@

test: $(READY) $(CATALOGUE) ## the whole test suite; warnings are errors
	$(BIN)/python -m pytest

check: $(READY) ## lint, format, types, the SQL subset, generated documents
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pipelines.sql_lint
	$(BIN)/python -m pipelines.book.proofs
	$(BIN)/python -m pipelines.dictionary --check
	$(BIN)/python -m pipelines.lineage --check

ui: $(READY) ## the Dagster UI on 127.0.0.1:3000 (PORT=...), with the schedule and the sensor; the example without INFERLEDGER_RAW
	@mkdir -p .dagster && cp dagster.yaml .dagster/dagster.yaml
	@export DAGSTER_HOME=$(CURDIR)/.dagster; \
		if [ -z "$$INFERLEDGER_RAW" ]; then \
			export INFERLEDGER_RAW=$(CURDIR)/fixtures/raw INFERLEDGER_CONFIG=$(CURDIR)/fixtures/config \
				INFERLEDGER_WAREHOUSE=$(CURDIR)/warehouse; \
		fi; \
		$(BIN)/dagster-daemon run -w workspace.yaml & \
		trap "kill $$!" EXIT INT TERM; \
		$(BIN)/dagster-webserver -h 127.0.0.1 -p $(PORT) -w workspace.yaml

bench: $(READY) ## measure every figure of docs/performance.md (12 GB of disk, some minutes)
	$(BIN)/python -m tests.bench

docs: $(READY) ## write the generated documents anew, and what the others show of commands
	$(BIN)/python -m pipelines.dictionary
	$(BIN)/python -m pipelines.lineage
	$(BIN)/python -m tests.flow.documents

LOCK := uv pip compile --generate-hashes --no-annotate --no-header --python-version 3.11 --no-strip-extras

lock: ## pin current versions of all dependencies with their hashes (needs uv)
	$(LOCK) pyproject.toml --extra dev --extra build -o requirements.lock
	$(LOCK) --group pyproject.toml:catalogue --no-deps -o catalogue.lock

clean: ## remove what make made
	rm -rf $(VENV) warehouse .dagster .mypy_cache .pytest_cache .ruff_cache .hypothesis
