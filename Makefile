# Everything that Muster is made, tried and shown with. `make setup` first; the others call it.
export UV_PYTHON_DOWNLOADS := never
export UV_NO_PROGRESS := 1
PY ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
COMPILE := $(UV) pip compile -q --universal --generate-hashes --no-header --no-annotate --python-version 3.11

.PHONY: setup lock demo test check messages bench

setup: .venv/.installed

# pip only fetches uv; uv fetches the rest. Both take nothing whose hash is not in the lock.
.venv/.uv: requirements/uv.lock
	$(PY) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.lock
	touch $@

# The sync takes away what is not in the lock, Muster too: it is put back from src, without the network.
.venv/.installed: .venv/.uv requirements/core.lock pyproject.toml
	$(UV) pip sync -q --python $(BIN)/python --require-hashes requirements/core.lock
	$(UV) pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	touch $@

# New locks from pyproject.toml. They hold no address, so that any index serves.
lock: .venv/.uv
	$(COMPILE) --upgrade requirements/uv.in -o requirements/uv.lock
	$(COMPILE) --upgrade pyproject.toml --extra print --group dev -o requirements/core.lock
	! grep -nE '://' requirements/*.lock

# A fresh drill where every command looks first, so that `muster report` needs no setting afterwards.
# An earlier drill goes; a district's own database there is refused.
demo: export MUSTER_DATABASE_URL := sqlite:///var/muster.db
demo: setup
	env -u MUSTER_KEYS $(BIN)/muster drill play jinyuan-2020 --fresh
	env -u MUSTER_KEYS $(BIN)/muster serve --host 127.0.0.1 --port 8000

# The whole suite on SQLite and on PostgreSQL. More for pytest: make test ARGS="-k roll --engine sqlite"
test: setup
	tools/install_browser
	$(BIN)/python tests/run.py $(ARGS)

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/muster makemigrations --check --dry-run
	$(BIN)/python tools/vendor.py --check
	$(BIN)/python tools/catalogues.py check
	$(BIN)/python tools/check_docs.py

# Brings the catalogues up to date with the source; a person then fills what is empty, and runs it again.
messages: setup
	$(BIN)/python tools/catalogues.py update
	$(BIN)/python tools/catalogues.py compile

# Figures with the raw ones beside, written to bench/RESULTS.md. Fewer: make bench ARGS="answers --engine sqlite"
bench: setup
	$(BIN)/python -m bench.run $(ARGS)
