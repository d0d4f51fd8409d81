# Everything here needs python3 (3.11 to 3.13, with venv) and make, and nothing else: what it uses it installs into .venv.

PYTHON ?= python3
BIN := .venv/bin
PYTEST := $(BIN)/pytest --numprocesses=auto --dist=loadgroup
READY := .venv/ready

# Every agent is a process of its own, which starts quickly only where bytecode is kept.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test check slow picture bench chaos days containers javascript llm settings lock clean
.DEFAULT_GOAL := help

help:
	@echo "make demo        replay a storm day from end to end     DEMO_ARGS='--sample 0.05'"
	@echo "make test        the tests                              TEST_ARGS='tests/bus -k batch'"
	@echo "make check       format, lint, types, imports, tests"
	@echo "make slow        the tests that start many processes or compute for seconds"
	@echo "make bench       speed, each figure beside its reference"
	@echo "make picture     docs/watch.svg, the panel of a replay"
	@echo "make chaos       the long kill test"
	@echo "make days        whole storm days, also with a scripted model"
	@echo "make containers  the container tests; wants a Docker engine"
	@echo "make javascript  the tests of the agent in JavaScript; wants Node and npm"
	@echo "make llm         the tests that ask the language model of IROPS_LLM_BASE_URL"
	@echo "make settings    write docs/settings.md from the settings' docstrings"
	@echo "make lock        write requirements.lock                LOCK_ARGS=--upgrade"
	@echo "make clean       remove .venv and everything made here"

demo: $(READY)
	$(BIN)/irops demo $(DEMO_ARGS)

test: $(READY)
	$(PYTEST) $(TEST_ARGS)

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTEST) $(TEST_ARGS)

slow: $(READY)
	$(PYTEST) -m slow $(TEST_ARGS)

picture: $(READY)
	$(BIN)/irops demo --sample 0.3 --replay-hours 15 --svg docs/watch.svg

bench: $(READY)
	$(BIN)/python -m benchmarks $(BENCH_ARGS)

chaos: $(READY)
	$(BIN)/pytest -vv -m chaos $(TEST_ARGS)

days: $(READY)
	$(BIN)/pytest -vv -m days $(TEST_ARGS)

containers: $(READY)
	$(BIN)/pytest -vv -rs -m containers $(TEST_ARGS)

javascript: $(READY)
	$(BIN)/pytest -vv -m javascript $(TEST_ARGS) tests/examples

llm: $(READY)
	$(BIN)/pytest -vv -rs -m llm $(TEST_ARGS) tests/endpoint

settings: $(READY)
	$(BIN)/python -m tests.house.settings_page >.settings.md
	mv .settings.md docs/settings.md

lock: $(READY)
	$(BIN)/pip install --quiet --disable-pip-version-check uv
	$(BIN)/python .ci/lock $(BIN)/uv $(LOCK_ARGS)

clean:
	rm -rf .venv .irops examples/*/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys, ensurepip, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
	  { echo "wanted: Python 3.11 to 3.13 with venv; $(PYTHON) is not (name another: make PYTHON=python3.13 ...)" >&2; exit 1; }
	@echo "installing into .venv: once, about half a minute"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-compile --use-pep517 --require-hashes --no-deps -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@
