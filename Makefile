# Everything a person types. Needs Python 3.11, make and pip; Postgres and Redis come with the packages.
#
#   make run               the product at http://127.0.0.1:8000 (PORT=8001 make run for another port)
#   make test              every check and every test
#   make demo [CSV=file]   carry a file of leads, or a small sample, into every simulated vendor
#   make faults RUNS=50    seeded histories of faults; a failed one again: make faults RUNS=1 SEED=its-seed
#   make bench            what the engine costs and how fast it is, against the arithmetic limit (ARGS="--only a")
#   make fmt | lock | shots | clean

PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
PY     := $(BIN)/python
STAMP  := $(VENV)/installed.lock
# More than two cores have: a good part of a test is waiting for a browser, a worker or a vendor.
WORKERS ?= 3
RUNS   ?= 50
SEED   ?= 1

.DEFAULT_GOAL := run
.PHONY: run test check demo faults bench lock fmt shots clean install chromium

run: install
	@$(PY) manage.py up $(ARGS)

test: check chromium
	$(PY) -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint templates integrations --lint --quiet
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(PY) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

demo: install
	@test -z "$(CSV)" || test -r "$(CSV)" || { echo "There is no readable file at $(CSV)."; exit 2; }
	@$(PY) manage.py demo $(if $(CSV),"$(CSV)")

# Kills workers, cuts lines, restarts servers; asserts that nothing is lost, doubled, stuck or wrong.
faults: install
	@$(PY) -m tests.faults --runs $(RUNS) --seed $(SEED) $(ARGS)

fmt: install
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format .

# Takes about a quarter of an hour on two cores; the parts and sizes are options.
bench: install
	@$(PY) -m tests.bench $(ARGS)

# The lock names versions and hashes, never where they come from.
lock: install
	$(BIN)/uv pip compile pyproject.toml --all-extras --generate-hashes --no-emit-index-url --no-annotate \
		--python-version 3.11 --custom-compile-command "make lock" --output-file requirements.lock --quiet

# The pictures of the README, of a lively demo, into docs/images.
shots: install chromium
	$(PY) -m tests.shots

clean:
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .artifacts staticfiles
	find . -name __pycache__ -type d -not -path "./$(VENV)/*" -prune -exec rm -rf {} +

# Skipped while the lock file is the one that was installed, whatever its date.
install:
	@cmp -s requirements.lock $(STAMP) && exit 0; \
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null || { \
		echo "Python 3.11 is needed, and $(PYTHON) is not it. Install it, or say where it is: make PYTHON=/path/to/python3.11"; \
		exit 1; }; \
	df -Pk . | awk 'NR == 2 { exit $$4 < 1200000 }' || { \
		echo "The disk of this folder has less than 1.2 GB free; the packages need that much. Free some space first."; \
		exit 1; }; \
	echo "Installing the packages of requirements.lock into $(VENV) (once, a minute or two)."; \
	rm -f $(STAMP); \
	if $(PYTHON) -m venv $(VENV) >/dev/null 2>&1; then \
		$(PY) -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r requirements.lock; \
	else \
		$(PYTHON) -m venv --without-pip --clear $(VENV) && \
		$(PYTHON) -m pip --python $(PY) install --quiet --disable-pip-version-check --no-input --require-hashes -r requirements.lock; \
	fi || { echo "The packages could not be installed; pip says why above."; exit 1; }; \
	cp requirements.lock $(STAMP)

# The browser tests drive an installed Chromium.
chromium:
	@for name in "$$CHROMIUM" chromium chromium-browser google-chrome; do \
		test -n "$$name" && command -v "$$name" >/dev/null && exit 0; \
	done; \
	if test "$$(id -u)" = 0 && command -v apt-get >/dev/null; then \
		echo "Installing Chromium for the browser tests."; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	else \
		echo "The browser tests need Chromium: install it (apt-get install chromium), or set CHROMIUM=/path/to/it."; exit 1; \
	fi
