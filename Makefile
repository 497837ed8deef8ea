# Everything runs in .venv, made from the hash-pinned requirements/dev.txt with Python and pip alone.

# In order of preference: PyAirbyte, which the demo needs, is there for the first two only.
PYTHONS := 3.11 3.12 3.13 3.14
PYTHON ?= $(shell tools/find-python $(PYTHONS))
VENV ?= .venv
IMAGE ?= source-clockify:dev
ENGINE ?= docker
BIN := $(VENV)/bin
INSTALL := install --quiet --disable-pip-version-check --no-deps
READY := $(VENV)/.ready
PEER := $(VENV)/peer/.ready
MUTMUT := $(VENV)/mutmut/.ready
AUDIT := $(VENV)/audit/.ready
SHIPPED := $(VENV)/shipped/.ready
# Of Airbyte's base image, so that what is said of the image is said of what it installs, where this Python is there.
IMAGE_PYTHON := 3.13

.DEFAULT_GOAL := help
.PHONY: help setup test matrix mutants demo notebook probe live bench lint workflows format docs audit licences sbom dist lock image container clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' $(MAKEFILE_LIST) | while IFS='	' read -r name text; do printf '  make %-9s %s\n' "$$name" "$$text"; done

setup: $(READY) ## make the virtual environment (the other targets do it by themselves)

# Not compiled here: Python compiles what is imported, which is a small part, when it is first imported.
$(READY): requirements/dev.txt pyproject.toml
	@$(or $(PYTHON),false) -c 'import sys; sys.exit("%d.%d" % sys.version_info[:2] not in "$(PYTHONS)".split())' \
	  || { echo "One of Python $(PYTHONS) is needed: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/pip $(INSTALL) --no-compile --require-hashes -r requirements/dev.txt
	$(BIN)/pip $(INSTALL) --no-build-isolation --editable .
	@touch $@

test: $(READY) ## run the unit and integration tests (make test ARGS='-k holidays' for a part)
	$(BIN)/python -m pytest $(ARGS)

matrix: $(READY) ## try every stream against every fault, every move of a list and every kill (make matrix ARGS='-k tags' for a part)
	$(BIN)/python -m pytest integration_tests/matrix -m '' -q --tb=short --show-capture=no -rN --numprocesses logical --dist worksteal $(ARGS)

mutants: $(MUTMUT) ## change the code in small ways and see whether the tests notice, for an hour (make mutants ARGS='--sample 60')
	$(<D)/bin/python -m tools.mutants $(ARGS)

$(MUTMUT): requirements/dev.txt requirements/mutants.txt $(READY)
	$(BIN)/python -m venv --clear $(@D)
	$(@D)/bin/pip $(INSTALL) --require-hashes -r requirements/dev.txt -r requirements/mutants.txt
	@touch $@

demo: $(READY) ## read a made-up Clockify workspace on this machine and show what comes out
	$(BIN)/python -m demo

notebook: $(READY) ## run examples/clockify.ipynb on the made-up account and keep what it shows
	$(BIN)/python -m tools.notebook

probe: $(READY) ## check what the connector assumes against your account, by reading only (CLOCKIFY_API_KEY=… make probe)
	@$(BIN)/python -m probe

live: $(READY) ## read your account in full and again, and count with Clockify (CLOCKIFY_API_KEY=… make live)
	$(BIN)/python -m pytest live_tests --verbose --tb=short $(ARGS)

bench: $(PEER) ## measure speed, requests, memory and state against baselines (make bench ARGS=rate for a part)
	$(BIN)/python -m benchmarks $(ARGS)

# The connector that ours is compared with is there for Python 3.11 only.
$(PEER): benchmarks/peer-requirements.txt $(READY)
	@tools/find-python 3.11 >/dev/null || { echo "make bench needs Python 3.11 on the PATH" >&2; exit 1; }
	$$(tools/find-python 3.11) -m venv --clear $(@D)
	$(@D)/bin/pip $(INSTALL) -r $<
	@touch $@

lint: $(READY) workflows ## check style, formatting, types, workflows and forms
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

SCHEMA := $(BIN)/check-jsonschema --builtin-schema

workflows: $(READY) ## check the workflows and forms of .github/ and the hooks
	$(SCHEMA) vendor.github-workflows .github/workflows/*.yml
	$(SCHEMA) custom.github-workflows-require-timeout .github/workflows/*.yml
	$(SCHEMA) vendor.github-issue-forms $(filter-out %/config.yml,$(wildcard .github/ISSUE_TEMPLATE/*.yml))
	$(SCHEMA) vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
	$(SCHEMA) vendor.dependabot .github/dependabot.yml
	$(BIN)/zizmor --quiet --offline --strict-collection --persona pedantic .github
	$(BIN)/pre-commit validate-config

format: $(READY) ## put the code into the project's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(READY) ## write the pages of docs/ that follow from the code
	$(BIN)/python -m tools

dist: $(READY) ## build the sdist and the wheel into dist/
	rm -f dist/*.tar.gz dist/*.whl
	$(BIN)/python -c "from poetry.core.masonry import api; api.build_sdist('dist'), api.build_wheel('dist')"

audit: $(AUDIT) ## look the locked packages up among the known vulnerabilities (needs PyPI itself, not a mirror)
	$(<D)/bin/python -m tools.audit $(ARGS)

licences: $(SHIPPED) ## check the licences of what the image ships, and write docs/licences.md
	$(<D)/bin/python -m tools.licences

sbom: $(AUDIT) $(SHIPPED) ## write the bill of materials of what the image ships, in CycloneDX, into dist/
	$(<D)/bin/python -m tools.sbom $(VENV)/shipped

$(AUDIT): requirements/audit.txt
	$$(tools/find-python $(IMAGE_PYTHON) $(PYTHONS)) -m venv --clear $(@D)
	$(@D)/bin/pip $(INSTALL) --require-hashes -r $<
	@touch $@

# As the Dockerfile does it, so that it holds what the image holds.
$(SHIPPED): requirements/main.txt requirements/not-in-image.txt $(AUDIT)
	$$(tools/find-python $(IMAGE_PYTHON) $(PYTHONS)) -m venv --clear --without-pip $(@D)
	$(VENV)/audit/bin/pip --python $(@D) $(INSTALL) --require-hashes -r $<
	$(VENV)/audit/bin/pip --python $(@D) uninstall --quiet --yes -r requirements/not-in-image.txt
	@touch $@

lock: ## resolve the dependencies anew (needs Poetry with poetry-plugin-export)
	poetry lock
	poetry export --without-urls --only build --output requirements/build.txt
	poetry export --without-urls --only main --output requirements/main.txt
	poetry export --without-urls --with dev --output requirements/dev.txt
	poetry export --without-urls --only audit --output requirements/audit.txt
	poetry export --without-urls --only mutants --output requirements/mutants.txt

image: ## build the container image (make image ENGINE=podman)
	$(ENGINE) build --tag $(IMAGE) .

container: $(READY) ## run the image that was built with as few rights as it needs, against the sandbox
	ENGINE=$(ENGINE) IMAGE=$(IMAGE) $(BIN)/python -m pytest -m container integration_tests/test_container.py $(ARGS)

clean: ## remove the virtual environment and every cache
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis mutants demo-output examples/demo-output probe-output build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
