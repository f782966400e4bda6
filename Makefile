# Everything is installed into this folder: Python packages into .venv, Azurite and a browser for tests into .runspoor/tools.
.DEFAULT_GOAL := help
.PHONY: help demo up test torch lint bench clean
BIN := .venv/bin
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check

help: ## say what can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 16

demo: $(BIN)/.installed ## train a classifier from source folder to model, and end
	@$(BIN)/python -m local demo

up: $(BIN)/.installed ## run the system on port 7071 until Ctrl-C
	@$(BIN)/python -m local up

test: lint ## all checks: lint, types, tests
	@$(BIN)/pytest --numprocesses logical --dist loadfile

torch: $(BIN)/.installed-torch ## install PyTorch, so that tests with it run too: 200 MB

lint: $(BIN)/.installed-tests ## ruff and mypy
	@$(BIN)/ruff check
	@$(BIN)/mypy

bench: $(BIN)/.installed-tests ## measure what it costs, as ratios
	@$(BIN)/python -m bench

clean: ## delete what was installed, and all local state
	@rm -rf .venv .runspoor .mypy_cache .pytest_cache .ruff_cache .hypothesis client/*.egg-info client/build
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The first Python that is new enough and can make virtual environments.
$(BIN)/python:
	@for python in python3 python3.13 python3.12 python3.11; do \
		if $$python -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			echo "Making .venv with $$($$python --version)"; exec $$python -m venv .venv; \
		fi; \
	done; \
	echo "No Python 3.11 or newer with the module venv was found as python3, python3.13, python3.12 or python3.11." >&2; \
	echo "Install one (Debian, Ubuntu: apt install python3 python3-venv), and run make again." >&2; \
	exit 1

$(BIN)/.installed: requirements.txt local/requirements.txt client/pyproject.toml | $(BIN)/python
	@echo "Installing Python packages into .venv, and Azurite meanwhile: a minute or two, once"
	@$(PIP) "$$(grep nodejs local/requirements.txt)"
	@$(BIN)/python -m local.azurite & azurite=$$!; $(PIP) -r local/requirements.txt && wait $$azurite
	@touch $@

$(BIN)/.installed-tests: tests/requirements.txt $(BIN)/.installed
	@echo "Installing test tools into .venv, and a browser unless there is one"
	@$(PIP) -r tests/requirements.txt
	@$(BIN)/python -m tests.end_to_end.browser
	@touch $@

$(BIN)/.installed-torch: tests/requirements-torch.txt $(BIN)/.installed-tests
	@$(PIP) -r tests/requirements-torch.txt
	@touch $@
