# Every verb that a person or CI runs. `make help` lists them.
PYTHON ?= $(or $(shell for python in python3 python3.11 python3.12 python3.13; do \
  $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$python && break; \
  done),$(error Python 3.11, 3.12 or 3.13 is needed; name one: make PYTHON=/path/to/python3 $(MAKECMDGOALS)))
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
.DEFAULT_GOAL := help

.PHONY: help
help: ## list the verbs
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/; s/; (ARGS=)/\n\t  \1/' | expand -t 28

.venv/bin/python:
	$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

.venv/.local: pyproject.toml constraints.txt | .venv/bin/python
	@echo "installing into .venv (1 GB, one to three minutes)"
	$(PIP) install -c constraints.txt -e '.[local]'
	@touch $@

.venv/.dev: pyproject.toml constraints.txt | .venv/bin/python
	@echo "installing into .venv, with torch for the tests (several minutes)"
	$(PIP) install -c constraints.txt -e '.[dev]'
	@touch $@ .venv/.local

.PHONY: install
install: .venv/.local ## make .venv with everything the embedded set needs

.PHONY: models
models: install ## fetch and verify the embedded weights
	$(BIN)/imgdiff models fetch

.PHONY: demo
demo: install ## install, caption a pair, request a synthesis, stop
	$(BIN)/imgdiff demo

.PHONY: serve
serve: install ## run the set on http://127.0.0.1:8000; data in ./data
	$(BIN)/imgdiff serve --data data

.PHONY: check
check: .venv/.dev ## lint, types, imports, house rules, deployment
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/house tests/deploy

# Without bytecode every process that a test starts would compile the project, and every run all tests.
check test test-slow: export PYTHONDONTWRITEBYTECODE :=

# Three processes on two cores: in a third of their time the tests wait for others.
.PHONY: test
test: .venv/.dev models ## every test but the slow ones, in three processes
	$(BIN)/python -m pytest -q -n 3 --dist loadfile -m 'not slow' --ignore=tests/house --ignore=tests/deploy

# Their files alone, since to import all others takes each process half a minute; the longest come first so.
.PHONY: test-slow
test-slow: .venv/.dev models ## the tests that take minutes
	$(BIN)/python -m pytest -q -n 3 --dist loadfile -m slow \
	  $$(grep -rl --include='test_*.py' 'pytest\.mark\.slow' tests | sort -r)

.PHONY: bench
bench: .venv/.dev models ## seconds a pair, stage by stage, in a real local set
	$(BIN)/python -m benchmarks.speed.pairs_per_minute

.PHONY: bench-regions
bench-regions: .venv/.dev models ## regions of imgdiff and other tools, generated pairs; ARGS='--photos DIR --pairs MANIFEST'
	$(PIP) install -c constraints.txt -e '.[bench]'
	$(BIN)/python -m benchmarks.regions $(ARGS)

.PHONY: bench-detection
bench-detection: .venv/.dev models ## detection's seconds a pair and memory by size
	$(BIN)/python -m benchmarks.speed.detection $(ARGS)

.PHONY: chaos
chaos: .venv/.dev ## kill and starve a set, count its jobs (an hour); ARGS='--only redis --times 2'
	$(BIN)/python -m benchmarks.chaos $(ARGS)

.PHONY: fuzz
fuzz: .venv/.dev models ## abuse a set with broken input (an hour); ARGS='--only wire --seed 7'
	$(BIN)/python -m benchmarks.abuse $(ARGS)

.PHONY: audit
audit: .venv/.dev ## advisories of the pins; exit code 3: no source
	$(BIN)/python -m benchmarks.advisories $(ARGS)

.PHONY: bench-answers
bench-answers: .venv/.dev models ## seconds and memory of a whole answer
	$(BIN)/python -m benchmarks.speed.answers $(ARGS)

.PHONY: bench-peers
bench-peers: .venv/.dev ## race our area generator against Data-Juicer's
	$(BIN)/python -m benchmarks.peers $(ARGS)

.PHONY: bench-calibration
bench-calibration: .venv/.dev models ## calibration of detection's confidence; ARGS='--photos DIR --cutouts DIR'
	$(BIN)/python -m benchmarks.calibration $(ARGS)

.PHONY: bench-captions
bench-captions: .venv/.dev models ## how true captions are, generated and labelled pairs; ARGS='--photos DIR --pairs MANIFEST'
	$(BIN)/python -m benchmarks.captions $(ARGS)

.PHONY: bench-kinds
bench-kinds: .venv/.dev models ## share of right statements, every kind of pair
	$(BIN)/python -m benchmarks.kinds $(ARGS)

.PHONY: bench-funnel
bench-funnel: .venv/.dev ## seconds of a funnel over synthetic pairs; ARGS='--pairs 10000 --database URL'
	$(BIN)/python -m benchmarks.speed.funnels $(ARGS)

.PHONY: bench-pages
bench-pages: .venv/.dev ## milliseconds of a page of a million records; ARGS='--records 100000 --database URL'
	$(BIN)/python -m benchmarks.speed.store.pages $(ARGS)

.PHONY: bench-batches
bench-batches: .venv/.dev ## lines a second that a batch takes in; ARGS='--lines 1000000'
	$(BIN)/python -m benchmarks.speed.batches $(ARGS)

.PHONY: load
load: .venv/.dev ## jobs a second beside bare Celery, submits, memory; ARGS='--databases sqlite --jobs 300 --memory 0'
	$(BIN)/python -m benchmarks.load $(ARGS)

.PHONY: bench-exports
bench-exports: .venv/.dev ## speed of each export against a copy of its images; ARGS='--records 1000 --formats parquet'
	$(BIN)/python -m benchmarks.speed.store.exports $(ARGS)

.PHONY: bench-synthesis
bench-synthesis: .venv/.dev models ## share of requested edits that become records; ARGS='--photos DIR --operations remove'
	$(BIN)/python -m benchmarks.synthesis $(ARGS)

.PHONY: bench-areas
bench-areas: .venv/.dev ## pairs a second of the area generator on a GPU; ARGS='--batches 1 8'
	$(BIN)/python -m benchmarks.speed.areas $(ARGS)

.PHONY: bench-rewrites
bench-rewrites: .venv/.dev models ## share of captions that the embedded rewriter edits; ARGS='--show replace --seed 7'
	$(BIN)/python -m benchmarks.rewrites $(ARGS)

.PHONY: bench-caption-speed
bench-caption-speed: .venv/.dev ## regions a second of the language model on a GPU; ARGS='--batches 8'
	$(BIN)/python -m benchmarks.speed.captions $(ARGS)

.PHONY: bench-instruct
bench-instruct: .venv/.dev ## seconds a pair of FLUX.2 klein, and its memory
	$(BIN)/python -m benchmarks.speed.instruct $(ARGS)

.PHONY: bench-sdxl
bench-sdxl: .venv/.dev ## seconds a pair of SDXL, with Prompt-to-Prompt or not
	$(BIN)/python -m benchmarks.speed.sdxl $(ARGS)

.PHONY: screenshots
screenshots: .venv/.dev models ## every page at two widths, both themes: ./screenshots
	$(BIN)/python -m pytest -q -m slow tests/end_to_end/test_screenshots.py

.PHONY: vendor
vendor: ## the page's libraries anew, by their lock file
	gateway/web/npm/vendor

.PHONY: constraints
constraints: .venv/.dev ## pin the installed versions
	$(PIP) install -c constraints.txt -e '.[bench]'
	$(BIN)/python -m pip freeze --all --exclude pip --exclude-editable | sed "s/+cpu$$//" > constraints.txt
	echo "async-timeout==5.0.1" >> constraints.txt # redis needs it on Python 3.11.2
