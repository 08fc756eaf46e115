# setup: environment and models   run: the app   test: the whole suite   check: format, lint, types
# manifest: corpus/manifest.toml anew, after a change to the corpus   floors: raise the gate's (eval/gate.py)
# side-by-side: our questions through LlamaIndex's defaults and through Prepcite (ARGS: folders of other sets)
# latency: of a search among 1,000, 10,000 and 100,000 passages
# Variables: PYTHON (3.11 or newer), PIP_ARGS (for pip install), PORT (of the app), ARGS (for pytest).
.POSIX:
.PHONY: setup run test check manifest floors side-by-side latency clean install-dev models

PORT = 8501
PIP_ARGS =
ARGS =
OLD = import sys; sys.exit(sys.version_info < (3, 11))
PYTHON = $$(for p in python3.11 python3 python3.12 python3.13 python; do \
	"$$p" -c "$(OLD)" 2>/dev/null && { echo "$$p"; break; }; done)
BIN = .venv/bin
INSTALL = $(BIN)/python -m pip install -q --disable-pip-version-check $(PIP_ARGS) -c constraints.txt

setup: .venv/.installed models

run: setup
	@echo "Reading the corpus into the library ..."
	@$(BIN)/prep ingest corpus
	@$(BIN)/prep serve --port $(PORT)

test: install-dev models
	@echo "Running the tests ..."
	@$(BIN)/python -m pytest $(ARGS)

check: install-dev
	@echo "Checking format, lint and types ..."
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

manifest: .venv/.installed
	@$(BIN)/python -m eval.manifest

floors: setup
	@$(BIN)/python -m eval.gate $(ARGS)

side-by-side: setup
	@$(INSTALL) -e ".[peers]"
	@$(BIN)/python -m eval.side_by_side $(ARGS)

latency: setup
	@$(BIN)/python -m eval.latency $(ARGS)

clean:
	rm -rf .venv *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

models: .venv/.installed
	@echo "Making sure that the models are there ..."
	@$(BIN)/prep models pull

install-dev: .venv/.installed-dev

.venv/.installed: pyproject.toml constraints.txt
	@py="$(PYTHON)"; \
	if ! "$${py:-none}" -c "$(OLD)" 2>/dev/null; then \
		echo "Prepcite needs Python 3.11 or newer; $${py:-python3} is too old or not there. Install one, or name it: make setup PYTHON=/path/to/python3"; \
		exit 1; fi; \
	if ! "$$py" -c "import ensurepip, venv" 2>/dev/null; then \
		echo "$$py cannot make virtual environments. Install its venv package (Debian, Ubuntu: apt install python3-venv)"; \
		exit 1; fi; \
	echo "Making the environment .venv with $$("$$py" --version) ..."; \
	"$$py" -m venv .venv
	@echo "Installing the packages (about 2.4 GB, a few minutes the first time) ..."
	@$(INSTALL) -e .
	@touch $@

.venv/.installed-dev: .venv/.installed
	@echo "Installing the development packages ..."
	@$(INSTALL) -e ".[dev]"
	@touch $@
