# Every target sets up what it needs: Python 3.11 to 3.14, Node 20 or newer and make are all that must be there.

PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin
# cdk.json says `python3 app.py`: with this, that is the environment's own.
CDK := PATH="$(CURDIR)/$(BIN):$(CURDIR)/node_modules/.bin:$$PATH" CDK_DISABLE_CLI_TELEMETRY=true \
	AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED=true \
	JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=$$(node -p 'process.versions.node.split(".")[0]') cdk
CHECKED := $(wildcard app.py lambda_src infra tools tests examples benchmarks)

.DEFAULT_GOAL := help
.PHONY: help setup demo dashboard test test-integration test-pythons test-dynamodb-local test-browser check chaos reliability bench simulation docs pictures dashboard-pictures site-picture audit deploy synth clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-20s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup:  ## the environments that the other targets use (.venv, node_modules, .emulator, .cdk-floor)
	@$(MAKE) -s -j4 .venv/.installed node_modules/.installed .emulator/.installed .cdk-floor/.installed

demo: setup  ## deploy to an AWS embedded on this machine, and see the migrations run (KEEP=1 leaves it running)
	@KEEP=$(KEEP) PYTHONPATH=examples $(BIN)/python -m demo

dashboard: setup  ## deploy to an AWS embedded on this machine, and serve the dashboard to a browser on it until Ctrl-C (PORT=8000)
	@PORT=$(PORT) PYTHONPATH=examples $(BIN)/python -m demo.dashboard

# One process a core where all computes: with twice as many, `make test` took longer, not less.
# A deploy waits for half of its time, so there are four where there are deploys (tests/scheduling.py has which of them runs
# what). Byte code is kept, whatever the environment says: else each process compiles all that it imports.
INTEGRATION := ministack or acceptance or slow
PYTEST = PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(PROCESSES) --dist loadscope --no-loadscope-reorder

test: PROCESSES ?= auto
test: setup .tools/.installed  ## each part by itself, in process: most of the tests, five minutes on two cores (PROCESSES=6: in so many processes, not one a core)
	@echo "test: each part by itself (make test-integration has the rest)"
	@$(PYTEST) -m "not ($(INTEGRATION))" $(ARGS)

test-integration: PROCESSES ?= 4
test-integration: setup .tools/.installed  ## the rest: on the embedded AWS, by whole deploys and with other programs, at every fault there is
	@echo "test-integration: on the embedded AWS, by whole deploys and with other programs, in $(PROCESSES) processes"
	@$(PYTEST) -m "$(INTEGRATION)" $(ARGS)

test-pythons: setup .tools/.installed  ## the suite without whole deploys, on each of Python 3.11 to 3.14 that is on this machine (ARGS=tests/unit: a part)
	@$(BIN)/python -m tests.pythons $(ARGS)

test-dynamodb-local: setup .dynamodb-local/.installed  ## the target's tests on Amazon's DynamoDB Local (needs JDK 17 or newer and Maven)
	@echo "test-dynamodb-local: contracts and the engine's DynamoDB tests"
	@$(BIN)/python -m pytest --dynamodb-local $(wildcard tests/contracts tests/dynamodb tests/reliability) $(ARGS)

# Where no browser can be had, nothing ran, and that is a failure: nobody may take silence for a pass.
test-browser: .browser/.installed docs  ## the dashboard's widget and the documentation in a browser, which is set up where there is none (CHROMIUM=/path/to/one)
	@.browser/bin/python tests/browser/install.py .browser/browser-path
	@echo "test-browser: tests/browser"
	@.browser/bin/python -m pytest --confcutdir=tests/browser tests/browser $(ARGS)

check: setup  ## format, lint (the code and the migrations), types, which package imports which, the documentation's links, and what cdk-nag and cfn-lint say of the templates
	@echo "check: ruff format";   $(BIN)/ruff format --check --quiet $(CHECKED)
	@echo "check: ruff";          $(BIN)/ruff check --quiet $(CHECKED)
	@echo "check: mypy (a minute the first time)"; $(BIN)/mypy --no-error-summary
	@echo "check: dynamigrate lint"; $(BIN)/python -m dynamigrate_lint lambda_src/migrations examples/existing_app/migrations examples/bookshop/migrations/catalogue examples/bookshop/migrations/orders examples/typescript_app/migrations
	@echo "check: import directions"; $(BIN)/python -m pytest --quiet --no-header tests/architecture
	@echo "check: the documentation's navigation and links"; $(BIN)/python -m pytest --quiet --no-header tests/docs/test_site.py
	@echo "check: cdk-nag (AwsSolutions, Serverless) and cfn-lint on the synthesized templates"
	@$(BIN)/python -m pytest --quiet --no-header tests/infra -k "nag or cfn_lint"

chaos: setup  ## freeze and kill processes that contend for the lock, two minutes (ARGS="--commits 5000")
	@$(BIN)/python -m tests.reliability chaos $(ARGS)

reliability: setup  ## a fault at every request, deaths, chaos and the model test, half an hour: the figures
	@$(BIN)/python -m tests.reliability $(ARGS)

bench: .bench/.installed .bench/contenders .emulator/.installed node_modules/.installed  ## measure against other clients, forty minutes, and write docs/why/performance.md (ARGS=--quick: four; ARGS=--speed, --fleet, --verify, --startup or --presence: a part of it alone)
	@.bench/bin/python -m benchmarks $(ARGS)

simulation: setup  ## simulate fleets of 1 to 256 workers, some minutes, and write docs/why/fleets.md (ARGS=--quick: half a minute)
	@$(BIN)/python -m benchmarks.fleet $(ARGS)

docs: .docs/.installed  ## build the documentation as a site, build/site/index.html, without a network; a link that leads nowhere fails
	@mkdir -p build; NO_COLOR=1 .docs/bin/zensical build --clean --strict 2>build/docs.log || \
		{ sed '/^Traceback/,/--strict flag is set/d' build/docs.log >&2; grep -q -e '--strict flag is set' build/docs.log || cat build/docs.log >&2; exit 1; }
	@.docs/bin/python -m tests.docs.built_site build/site

pictures: setup  ## run commands in a terminal, a minute, and write docs/pictures
	@$(BIN)/python -m tests.terminal

dashboard-pictures: .browser/.installed  ## show histories to a browser, some seconds, and write docs/pictures/dashboard-*.png
	@.browser/bin/python tests/browser/install.py .browser/browser-path
	@PYTHONPATH=lambda_src .browser/bin/python -m tests.browser.dashboard_pictures

site-picture: .browser/.installed docs  ## take the picture of the documentation's front page that the README shows
	@.browser/bin/python tests/browser/install.py .browser/browser-path
	@.browser/bin/python -m tests.browser.site_picture

# Strict: where the advisories can't be asked for, it fails and says so.
audit: .audit/.installed  ## known vulnerabilities in what is deployed and in what this repository runs on
	@for file in infra/dynamigrate_cdk/asset/vendored.lock requirements.lock tools/dynamigrate_local_aws/requirements.txt; do \
		echo "audit: $$file"; \
		.audit/bin/pip-audit --strict --no-deps --disable-pip --progress-spinner off -r $$file || exit 1; \
	done

deploy: setup  ## cdk deploy of all stacks, to the account that the environment names (ARGS="-c repair=...")
	@echo "deploy: all stacks"
	@$(CDK) deploy --all $(ARGS)

synth: setup  ## cdk synth of all stacks into cdk.out
	@echo "synth: all stacks into cdk.out"
	@$(CDK) synth --quiet $(ARGS)

clean:  ## remove what the other targets made
	@echo "clean: environments, caches, cdk.out"
	@rm -rf .venv .emulator .cdk-floor .tools .browser .bench .docs .cache .audit .pythons .dynamodb-local node_modules cdk.out build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find $(CHECKED) -name __pycache__ -type d -prune -exec rm -rf {} +

# An environment is brought up to date whenever what it is made from has changed; its stamp comes last, so that a broken
# installation is never taken for a whole one. Byte code is left to the first import: most of it is never needed, and
# writing it takes as long as all the rest.
PIP_INSTALL := -m pip install --quiet --no-compile --disable-pip-version-check

# $(1): its folder. $(2): what is in it.
define ENVIRONMENT
@test -n "$(PYTHON)" || { echo "setup: needs Python 3.11 to 3.14; set PYTHON=..." >&2; exit 1; }
@echo "setup: $(1), an environment with $(2)"
@test -x $(1)/bin/python || $(PYTHON) -m venv $(1)
endef
# The same, of what the first file that it is made from names.
define REQUIREMENTS
$(ENVIRONMENT)
@$(1)/bin/python $(PIP_INSTALL) -r $<
@touch $@
endef

.venv/.installed: requirements.txt requirements.lock pyproject.toml
	$(call REQUIREMENTS,.venv,the packages of requirements.txt ($$($(PYTHON) --version)))

.emulator/.installed: tools/dynamigrate_local_aws/requirements.txt
	$(call REQUIREMENTS,.emulator,the embedded AWS)

.cdk-floor/.installed: tests/infra/cdk_floor/requirements.txt
	$(call REQUIREMENTS,.cdk-floor,the oldest CDK that is supported)

.browser/.installed: tests/browser/requirements.txt
	$(call REQUIREMENTS,.browser,what drives a browser)

.tools/.installed: tests/tools/requirements.txt
	$(call REQUIREMENTS,.tools,the AWS CLI and what else reads the pages about other tools)

.docs/.installed: tests/docs/requirements.txt
	$(call REQUIREMENTS,.docs,what builds the documentation)

.audit/.installed: Makefile
	$(call ENVIRONMENT,.audit,pip-audit and the many packages that it brings along)
	@.audit/bin/python $(PIP_INSTALL) pip-audit==2.10.1
	@touch $@

.bench/.installed: benchmarks/requirements.txt pyproject.toml requirements.lock
	$(call REQUIREMENTS,.bench,the contenders)

# Where there is no Go, or one too old to build them, its programs are left out: the page says that they were not
# measured. Without cgo they are the same whether or not there is a C compiler.
.bench/contenders: $(wildcard benchmarks/go/*.go) benchmarks/go/go.mod benchmarks/go/go.sum | .bench/.installed
	@rm -f $@
	@PATH="$$PATH:/usr/local/go/bin"; \
	command -v go >/dev/null || { echo "bench: Go is not here, so the contenders in Go are left out"; exit 0; }; \
	echo "bench: $@, from benchmarks/go ($$(go env GOVERSION))"; \
	CGO_ENABLED=0 go build -C benchmarks/go -trimpath -mod=readonly -buildvcs=false -o "$(CURDIR)/$@" . || \
		echo "bench: it was not built, as Go says above, so the contenders in Go are left out"

node_modules/.installed: package.json package-lock.json .npmrc
	@command -v npm >/dev/null || { echo "setup: needs Node 20 or newer, with npm" >&2; exit 1; }
	@echo "setup: node_modules, with the CDK command line, and CDK for the app in TypeScript"
	@npm ci --silent
	@touch $@

# Where there is no Java, nothing ran, and that is a failure: nobody may take silence for a pass.
NOT_RUN := echo "test-dynamodb-local: nothing was run:

.dynamodb-local/.installed: tests/dynamodb_local/pom.xml
	@command -v java >/dev/null || { $(NOT_RUN) java is not here, and DynamoDB Local needs a JDK, 17 or newer" >&2; exit 1; }
	@java --list-modules 2>/dev/null | grep -q '^jdk.compiler@\(1[7-9]\|[2-9][0-9]\)' || \
		{ $(NOT_RUN) DynamoDB Local needs a JDK, with its compiler, 17 or newer; here is $$(java -version 2>&1 | head -n 1)" >&2; exit 1; }
	@command -v mvn >/dev/null || { $(NOT_RUN) mvn is not here, and Maven fetches DynamoDB Local" >&2; exit 1; }
	@echo "setup: .dynamodb-local, with what pom.xml names"
	@rm -rf .dynamodb-local
	@mvn --batch-mode --quiet --file tests/dynamodb_local/pom.xml dependency:copy-dependencies \
		-DincludeScope=runtime -DoutputDirectory="$(CURDIR)/.dynamodb-local" || \
		{ $(NOT_RUN) Maven could not fetch DynamoDB Local" >&2; exit 1; }
	@touch $@
