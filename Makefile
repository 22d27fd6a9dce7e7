# make run    serve on this machine (ARGS="--port 9000" passes flags on)
# make test   every check, as CI runs them
# make lint   style, types and import contracts only
# make format rewrite the code in the house style
# make lock   resolve the dependencies anew; needs uv (ARGS="--upgrade" moves the versions)
#
# Each of them makes the environment in .venv first: with uv where it is on PATH, else with PYTHON and pip.

SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))
CANDIDATES := python3 python3.13 python3.12 python3.11
PYTHON ?= $(firstword $(foreach one,$(CANDIDATES),$(shell $(one) -c '$(SUPPORTED)' 2>/dev/null && echo $(one))) python3)
UV := $(shell command -v uv 2>/dev/null)
BIN := .venv/bin
ENVIRONMENT := .venv/.made

.PHONY: run test lint format lock

run: $(ENVIRONMENT)
	@$(BIN)/palimpsest serve $(ARGS)

# everything; then what stands above the ports once more, on Neo4j, Qdrant and Redis (5: none of ARGS does)
test: lint
	$(BIN)/pytest $(ARGS)
	PALIMPSEST_ENGINES=server $(BIN)/pytest $(ARGS) || [ $$? -eq 5 ]

lint: $(ENVIRONMENT)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(ENVIRONMENT)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

ifdef UV
$(ENVIRONMENT): export UV_PROJECT_ENVIRONMENT := .venv
$(ENVIRONMENT): uv.lock
	$(UV) sync --frozen $(if $(filter file,$(origin PYTHON)),,--python $(PYTHON))
	@touch $@
else
$(ENVIRONMENT): requirements-dev.lock
	@$(PYTHON) -c '$(SUPPORTED)' || \
		{ echo "Python 3.11, 3.12 or 3.13 is needed and '$(PYTHON)' is none; try: make PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "'$(PYTHON)' cannot make an environment; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "Making .venv with $(PYTHON); this takes a minute or two the first time."
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
endif

lock:
	uv lock $(ARGS)
	uv export --quiet --frozen --no-emit-project --no-dev -o requirements.lock
	uv export --quiet --frozen --no-emit-project -o requirements-dev.lock
