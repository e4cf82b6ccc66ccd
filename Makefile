# Every target sets up what it needs: Python 3.11 to 3.14, Node 20 or newer and make are all that must be there.

PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin
# cdk.json says `python3 app.py`: with this, that is the environment's own.
CDK := PATH="$(CURDIR)/$(BIN):$(CURDIR)/node_modules/.bin:$$PATH" CDK_DISABLE_CLI_TELEMETRY=true \
	AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED=true \
	JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=$$(node -p 'process.versions.node.split(".")[0]') cdk
CHECKED := $(wildcard app.py lambda_src infra tests examples benchmarks)

.DEFAULT_GOAL := help
.PHONY: help setup demo test check deploy synth clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-20s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup:  ## the environments that the other targets use (.venv, node_modules, .emulator)
	@$(MAKE) -s -j3 .venv/.installed node_modules/.installed .emulator/.installed

demo: setup  ## deploy to an AWS embedded on this machine, and see the migrations run (KEEP=1 leaves it running)
	@KEEP=$(KEEP) PYTHONPATH=examples $(BIN)/python -m demo

test: setup  ## all tests
	@echo "test: the whole suite, in two processes"
	@$(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder $(ARGS)

check: setup  ## format, lint, types, and which package imports which
	@echo "check: ruff format";   $(BIN)/ruff format --check --quiet $(CHECKED)
	@echo "check: ruff";          $(BIN)/ruff check --quiet $(CHECKED)
	@echo "check: mypy (a minute the first time)"; $(BIN)/mypy --no-error-summary
	@echo "check: import directions"; $(BIN)/python -m pytest --quiet --no-header tests/architecture

deploy: setup  ## cdk deploy of all stacks, to the account that the environment names (ARGS="-c repair=...")
	@echo "deploy: all stacks"
	@$(CDK) deploy --all $(ARGS)

synth: setup  ## cdk synth of all stacks into cdk.out
	@echo "synth: all stacks into cdk.out"
	@$(CDK) synth --quiet $(ARGS)

clean:  ## remove what the other targets made
	@echo "clean: environments, caches, cdk.out"
	@rm -rf .venv .emulator node_modules cdk.out build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find $(CHECKED) -name __pycache__ -type d -prune -exec rm -rf {} +

# An environment is brought up to date whenever what it is made from has changed; its stamp comes last, so that a broken
# installation is never taken for a whole one. Byte code is left to the first import: most of it is never needed, and
# writing it takes as long as all the rest.
PIP_INSTALL := -m pip install --quiet --no-compile --disable-pip-version-check

.venv/.installed: pyproject.toml requirements.txt requirements.lock
	@test -n "$(PYTHON)" || { echo "setup: needs Python 3.11 to 3.14; set PYTHON=..." >&2; exit 1; }
	@echo "setup: .venv, with the packages of requirements.txt ($$($(PYTHON) --version))"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python $(PIP_INSTALL) -r requirements.txt
	@touch $@

.emulator/.installed: infra/local_aws/requirements.txt
	@test -n "$(PYTHON)" || { echo "setup: needs Python 3.11 to 3.14; set PYTHON=..." >&2; exit 1; }
	@echo "setup: .emulator, the embedded AWS in an environment of its own"
	@test -x .emulator/bin/python || $(PYTHON) -m venv .emulator
	@.emulator/bin/python $(PIP_INSTALL) -r infra/local_aws/requirements.txt
	@touch $@

node_modules/.installed: package.json package-lock.json .npmrc
	@command -v npm >/dev/null || { echo "setup: needs Node 20 or newer, with npm" >&2; exit 1; }
	@echo "setup: node_modules, with the CDK command line"
	@npm ci --silent
	@touch $@
