# Needs make and Python 3.11 or newer, nothing else. Without make (on Windows, say), each target is
# the command that stands in it: `python tools/prove.py` is `make test`.

OLD_ENOUGH = import ensurepip, sys; sys.exit(sys.version_info < (3, 11))

# An interpreter that can make a virtual environment: PATH first, then what pyenv keeps.
ifndef PYTHON
PYTHON := $(shell \
    for each in python3 python python3.11 python3.12 python3.13 python3.14 python3.15 \
        "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/3.*/bin/python; \
    do "$$each" -c '$(OLD_ENOUGH)' 2>/dev/null && command -v "$$each" && break; done)
endif

.DEFAULT_GOAL := help
.PHONY: help demo test lint proof proof-full proof-bank databases bench scoreboard clean python

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

demo: python ## Check contracts/ against the example, and against a variant with planted mistakes
	@"$(PYTHON)" tools/demo.py

test: python ## Everything that must hold: style, types, architecture, tests, coverage
	@"$(PYTHON)" tools/prove.py

lint: python ## The part of `test` that runs no test
	@"$(PYTHON)" tools/prove.py --only lint

databases: python ## Install the PostgreSQL and Redis that `proof` breaks, where they are absent
	@"$(PYTHON)" tools/databases.py

proof: python databases ## The tests on every interpreter found, with newest and lowest dependencies
	@"$(PYTHON)" tools/matrix.py

proof-full: python databases ## `proof` with everything slow; writes docs/proof.md
	@"$(PYTHON)" tools/matrix.py --full

proof-bank: python ## The bank of planted bugs with many seeds: ten a bug, fifty and more without one
	@STAGEPACT_BANK_SEEDS=10 "$(PYTHON)" tools/environment.py -m pytest -q -n 2 --dist worksteal \
	    $(wildcard tests/unit/test_bank_*.py) tests/unit/test_stage_laws.py \
	    tests/unit/test_pipeline_laws.py

bench: python ## The figures of benchmarks/, each against a reference measured in the same run
	@for each in benchmarks/bench_*.py; do "$(PYTHON)" tools/environment.py "$$each" || exit 1; done

scoreboard: python ## The JSON-Schema-Test-Suite: the schema engine beside others; writes docs/scoreboard.md
	@"$(PYTHON)" tools/environment.py tools/scoreboard.py

clean: ## Remove all that the other targets made
	rm -rf .venv .venvs build dist htmlcov .coverage .coverage.* .hypothesis .stagepact \
	    .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

python:
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or newer with ensurepip was found on PATH or in pyenv." \
	    "Install one (on Debian: python3 and python3-venv), or name it: make test PYTHON=/path/to/python" >&2; exit 2; }
