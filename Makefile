# `make demo` and `make test` are all a newcomer needs; each makes its own environment first.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

.PHONY: demo test check install pictures clean

demo: install
	$(BIN)/ganterpret demo

test: install
	$(BIN)/python -m pytest -n auto $(TESTS)

# What continuous integration asks on top of the tests.
check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The pictures of the documentation, drawn anew.
pictures: install
	$(BIN)/python -m scripts.make_pictures

install: $(VENV)/installed

# The stamp is newer than what it was made from exactly when the environment is current. Python compiles what it imports
# when it does; to compile all of torch beforehand would take as long as all the rest.
$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --no-compile --constraint constraints.txt --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) var out
