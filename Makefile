# Each command sets itself up on a fresh machine with Python 3.11 to 3.14, git and make.
# Without make (Windows): README.md gives the same commands for pip and python.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
CPU_ONLY := --no-deps --index-url https://download.pytorch.org/whl/cpu
CPU_TORCH := torch==2.13.0 $(CPU_ONLY)
export NO_MKDOCS_2_WARNING := 1

.PHONY: help serve site offline new test audit seeds oldest faults coverage mutants bench clean

help:
	@echo "make serve   build both languages, open http://127.0.0.1:8000/, rebuild on every save"
	@echo "make site    build both languages into site/"
	@echo "make offline both languages as a ZIP whose pages open from disk"
	@echo "make new LESSON=ch05_networks/my_lesson   a lesson to start from, with its test"
	@echo "make test    everything CI runs"
	@echo "make audit   weigh and check the built pages in a browser (needs Node.js 20 and Chromium)"
	@echo "make seeds   hold the trainings' bars against 200 seeds and write their table (half an hour)"
	@echo "make oldest  the lessons' tests with the oldest torch that we support"
	@echo "make faults  whole sites killed at 20 moments, a full disk, two builds at once (many minutes)"
	@echo "make bench   the builder against mkdocs-jupyter (about half an hour)"
	@echo "make coverage branches of function bodies that no test takes (minutes)"
	@echo "make mutants  change the lessons and the builder in thousands of places: tests must notice (hours; ONLY=FILE)"
	@echo "make clean   remove everything generated, the environment stays"

$(VENV)/installed: requirements.txt constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --disable-pip-version-check $(CPU_TORCH)
	$(RUN) -m pip install --disable-pip-version-check -r requirements.txt
	$(RUN) -m pip check
	@touch $@

serve: $(VENV)/installed
	$(RUN) -m mkdocs serve

site: $(VENV)/installed
	$(RUN) -m docs.builder site

offline: $(VENV)/installed
	$(RUN) -m docs.builder offline

new: $(VENV)/installed
	$(RUN) -m docs.builder new $(LESSON)

test: $(VENV)/installed
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m pytest -n auto --dist loadgroup

tests/audit/node_modules/installed: tests/audit/package-lock.json
	npm ci --prefix tests/audit --no-audit --no-fund
	@touch $@

audit: site tests/audit/node_modules/installed
	node tests/audit/audit.mjs

seeds: $(VENV)/installed
	$(RUN) -m tests.seeds

oldest:
	$(MAKE) VENV=.venv-oldest .venv-oldest/installed
	.venv-oldest/bin/python -m pip install --disable-pip-version-check $(CPU_ONLY) -r requirements-oldest.txt
	.venv-oldest/bin/python -m pytest -n auto tests/ch* tests/test_lessons.py

faults: $(VENV)/installed
	$(RUN) -m pytest -m faults

bench: $(VENV)/installed
	$(RUN) -m docs.builder.bench

coverage: $(VENV)/installed
	$(RUN) -m tests.branches

$(VENV)/mutmut: $(VENV)/installed tests/mutants/requirements.txt
	$(RUN) -m pip install --disable-pip-version-check -r tests/mutants/requirements.txt
	@touch $@

mutants: $(VENV)/mutmut
	$(RUN) -m tests.mutants $(ONLY)

clean:
	rm -rf site torch-primer-offline.zip .cache docs/*/lessons docs/*/workbooks docs/*/downloads docs/*/figures docs/*/replays docs/*/glossary.md \
		docs/theme/stylesheets/figures.css
