# Everything a person does with a checkout. `make help` prints this file's targets.
PY ?= $(shell for p in python3.14 python3.13 python3.12 python3.11 python3; do command -v $$p >/dev/null 2>&1 && $$p -c 'import sys,venv,ensurepip;sys.exit(sys.version_info<(3,11))' 2>/dev/null && { echo $$p; break; }; done)
PIP = .venv/bin/python -m pip install -q --disable-pip-version-check
BIN = .venv/bin
# Compiled first, and what pytest compiles is kept: where Python writes no bytecode, each gateway that a test starts would
# compile what has changed, and each of its processes all tests.
SUITE = $(BIN)/python -m compileall -q core channels gateway && PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help run phone test check lint bench e2e soak sim drill screens transcripts sbom lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

run: .venv/.run ## the gateway, with its own Valkey and SQLite under ./var; Ctrl-C drains and stops
	@exec $(BIN)/satupintu serve

phone: .venv/.run ## a USSD handset in this terminal, on stores in memory (REPRO=1 prints the test for what you typed)
	@exec $(BIN)/satupintu phone $(if $(REPRO),--repro)

test: .venv/.dev ## every test but bench and soak, on real Valkey, PostgreSQL, SMTP and HTTP
	$(SUITE)

e2e: .venv/.dev ## only the tests that drive the real process over its real ports
	$(BIN)/python -m pytest tests/e2e

soak: .venv/.dev ## long: kill -9 under load, thousands of random bodies
	$(BIN)/python -m pytest tests/soak --timeout 900

check: lint .venv/.dev ## lint, types, import rules, spelling, coverage: exactly what a change must pass
	$(SUITE) --cov --cov-report=term:skip-covered

lint: .venv/.dev ## format, lint, types, import rules, spelling
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell

bench: .venv/.dev ## speed, as ratios within one run (BENCH=turn,registration or all; BENCH_AMONG=1000000)
	BENCH_AMONG=$(BENCH_AMONG) $(BIN)/python -m tests.bench $(BENCH)

sim: .venv/.dev ## simulation: 100,000 schedules of faults in virtual time (SEED=7 SCHEDULES=200: that many from that one)
	@SEED=$(SEED) SCHEDULES=$(SCHEDULES) STRING=$(STRING) $(BIN)/python -m tests.sim

drill: .venv/.dev ## faults of stores, disks, processes and clocks under load, as a table (NAMES="redis sql-kill": only these)
	$(BIN)/python -m tests.drill $(NAMES)

screens: .venv/.dev ## the pictures of README.md and docs/console.md, drawn by Chromium
	$(BIN)/python -m tests.e2e.console.screenshots
	$(BIN)/python -m tests.e2e.simulator.screenshots

transcripts: .venv/.dev ## docs/transcripts.md, what people and the gateway say in the stories of tests/stories/
	$(BIN)/python -m tests.stories.page

sbom: .venv/.dev ## what a gateway consists of, with licences, as CycloneDX JSON (make -s sbom > sbom.json)
	@$(BIN)/python -m tests.docs.sbom

lock: .venv/.dev ## compile requirements*.in into hash-locked requirements*.lock
	$(PIP) uv
	$(BIN)/uv pip compile -q --no-strip-extras --universal --python-version 3.11 --only-binary :all: --generate-hashes --no-header -o requirements.lock requirements.in
	$(BIN)/uv pip compile -q --no-strip-extras --universal --python-version 3.11 --only-binary :all: --generate-hashes --no-header -o requirements-dev.lock requirements-dev.in

clean: ## remove the virtual environment (never ./var: it holds people's registrations)
	rm -rf .venv

.venv/.run: requirements.lock pyproject.toml
	@test -n "$(PY)" || { echo "need Python >= 3.11 with venv (on Debian: apt install python3-venv)"; exit 1; }
	@echo "installing into .venv (once) ..."
	@$(PY) -m venv .venv
	@$(PIP) --only-binary :all: --no-deps --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@$(BIN)/python -m pip check
	@$(BIN)/python -m compileall -q core channels gateway # pip compiles all others
	@touch $@

.venv/.dev: .venv/.run requirements-dev.lock
	@$(PIP) --only-binary :all: --no-deps --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip check
	@touch $@
