# `make demo` and `make test` are all a newcomer needs; each makes its own environment first. `make help` lists the rest.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

.PHONY: help demo test quick fuzz check corpus lint format install pictures clean

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' $(firstword $(MAKEFILE_LIST)) | sed -E 's/:.*## /\t/' | expand -t 12

demo: install ## turn the bundled sound into a clip, in out/
	$(BIN)/ganterpret demo

test: install ## run all tests (TESTS=path for some of them)
	$(BIN)/python -m pytest -n auto $(TESTS)

# Pure functions, and no generator: torch alone takes seconds to load.
quick: install ## run the tests that answer in about twenty seconds
	$(BIN)/python -m pytest -q -n auto tests/unit --ignore tests/unit/pipeline/generators \
		--ignore tests/unit/project/test_contracts.py

SECONDS_OF_FUZZ := $(or $(SECONDS),60)

fuzz: install ## search on with random examples (SECONDS=60)
	$(BIN)/python -m scripts.fuzz --seconds $(SECONDS_OF_FUZZ)

# What continuous integration asks on top of the tests.
check: lint ## what must hold besides the tests: style, types, import contracts

lint: install ## look for mistakes of style and type, and for forbidden imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install ## put the code into its one format, and mend what can be mended by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

corpus: install ## make hundreds of odd sound files and take each the whole way (about ten minutes)
	$(BIN)/python -m benchmarks.corpus

pictures: install ## draw the pictures of the documentation anew
	$(BIN)/python -m scripts.make_pictures

install: $(VENV)/installed ## make the environment, if it is not current

# The stamp is newer than what it was made from exactly when the environment is current. Python compiles what it imports
# when it does; to compile all of torch beforehand would take as long as all the rest.
$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --no-compile --constraint constraints.txt --editable '.[dev,links]'
	touch $@

clean: ## take away the environment and what was made
	rm -rf $(VENV) var out
