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
	$(COMPILE) --upgrade pyproject.toml --group dev -o requirements/core.lock
	! grep -nE '://' requirements/*.lock
