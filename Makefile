# Every command here creates what it needs from the lock files and does nothing twice.
PYTHON ?= python3
HOME_DIR ?= .demo
T ?= tests
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.requirements.lock
DEV_STAMP := $(VENV)/.requirements-dev.lock
TRUSTED := fidus/certificate.py,fidus/client_cert.py,fidus/crl*.py,fidus/expiry.py,fidus/issuers.py,fidus/revocation.py,fidus/trust*.py
WHOLLY_COVERED := fidus/policy.py,fidus/minimise.py,fidus/confirm*.py,fidus/exchange.py,fidus/identity.py,$(TRUSTED),audit/*,adapters/_lib/signing.py

.PHONY: demo serve postgres test test-fast soak coverage check format docs lock bench clean

demo: $(RUN_STAMP)
	@$(BIN)/python -m fidus demo --home "$(HOME_DIR)" $(if $(ONCE),--once) $(if $(PORT),--api-port $(PORT))

serve: $(RUN_STAMP)
	@$(BIN)/python -m fidus serve --home "$(HOME_DIR)"

test: $(DEV_STAMP) postgres
	tests/provide.sh
	$(BIN)/python -m pytest -n auto --dist worksteal $(T)

test-fast: $(DEV_STAMP) postgres
	$(BIN)/python -m pytest -n auto -m "not slow" $(T)

# All of what `test` runs a seeded slice of; takes hours.
soak: $(DEV_STAMP) postgres
	FIDUS_SOAK=1 $(BIN)/python -m pytest -n auto --dist worksteal --timeout 3600 $(T)

# Every branch of what decides, minimises, records and proves is tried by the tests of its own room.
coverage: $(DEV_STAMP) postgres
	$(BIN)/python -m pytest -q -n auto tests/fidus tests/audit tests/adapters --cov --cov-report=
	$(BIN)/coverage report --skip-covered --fail-under 100 --include '$(WHOLLY_COVERED)'
	$(BIN)/coverage report --skip-covered --fail-under 95 --include 'adapters/*'

# A server for tests is found, or as root installed; else this says which package is missing.
postgres: $(DEV_STAMP)
	@$(BIN)/python -m tests.postgres provide

check: $(DEV_STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest -q tests/test_layout.py

format: $(DEV_STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The pages of docs/sources/.
docs: $(DEV_STAMP)
	$(BIN)/python -m fidus.scaffold.pages

# nginx is unpacked from Debian's packages, not installed; without it the limit is not measured.
bench: $(DEV_STAMP)
	@command -v nginx /usr/sbin/nginx $(VENV)/debian/usr/sbin/nginx >/dev/null || bench/provide $(abspath $(VENV)/debian) || true
	@$(BIN)/python -m bench --home .bench
	@$(BIN)/python -m bench.refusals --home .bench-refusals

lock: $(DEV_STAMP)
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements.in -o requirements.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements-dev.in -o requirements-dev.lock

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# The lock file names every package: pip is not to look for others, or newer ones (`--no-deps`).
$(RUN_STAMP): requirements.lock | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@touch $@

$(DEV_STAMP): requirements-dev.lock $(RUN_STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip --disable-pip-version-check check >/dev/null || $(BIN)/python -m pip check
	@touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
