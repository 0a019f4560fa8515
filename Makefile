# Every target prepares what it needs; `make setup` is idempotent.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.ready
JOBS   ?= 4# tests at the same time: most tests mostly wait
SELECT ?=# of the tests: -k EXPRESSION, files, folders

.PHONY: help setup run claims test lint bench crash aa power levels decoys stability class fuzz properties site look clean dist lock

help:            ## this list
	@grep -E '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 10

# The programs of a virtual environment contain the path of its folder: they do not start in a renamed
# checkout.
FOR := $(shell cat $(STAMP) 2>/dev/null)
ifneq ($(FOR),)
ifneq ($(FOR),$(CURDIR))
MOVED := moved
endif
endif

setup: $(STAMP)  ## .venv with hash-pinned dependencies, compiled load generator, images if a Docker daemon responds
	@$(BIN)/runner --version >/dev/null 2>&1 || { \
	  echo "setup: $(VENV) of user $$(stat -c %U $(VENV)) does not run for user $$(id -un);" \
	    "type: make VENV=$${HOME:-/tmp}/iolab-venv $(MAKECMDGOALS)" >&2; exit 2; }
	@$(BIN)/runner setup

.PHONY: moved
moved:
	@echo "setup: $(VENV) was made for $(FOR); it is made again for this folder"

$(STAMP): requirements/dev.txt pyproject.toml $(MOVED)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "setup: $(PYTHON) is older than 3.11; type: make PYTHON=python3.11 $(MAKECMDGOALS)" >&2; exit 2; }
	@$(PYTHON) -m venv $(if $(MOVED),--clear) $(VENV) \
	  || { echo "setup: Python has no venv module; type: sudo apt-get install python3-venv" >&2; exit 2; }
	@echo "setup: installing the pinned dependencies into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@echo "$(CURDIR)" > $@

run: setup       ## the main job: runner run experiments.yaml
	@# 4: noise left a verdict undecided; 5: the machine lacks a capability that a verdict needs. The
	@# tables say which verdict; neither is a failure.
	@$(BIN)/runner run experiments.yaml || { code=$$?; [ $$code -eq 4 ] || [ $$code -eq 5 ]; }

# The checks of an assignment need a submission: they are evidence for no claim.
SPECS := experiments.yaml $(sort $(shell find labs -name '*.yaml' -not -path 'labs/homework/*'))

claims: setup    ## all evidence: every spec with --full (half an hour), then docs/claims.md, its Chinese twin and docs/misunderstandings.md
	@failed=0; for spec in $(SPECS); do \
	  $(BIN)/runner run $$spec --full; code=$$?; \
	  case $$code in 0|4|5) ;; 1) failed=1 ;; *) exit $$code ;; esac; \
	done; \
	$(BIN)/runner claims --misunderstandings -o docs/misunderstandings.md; code=$$?; \
	case $$code in 0|4|5) ;; *) exit $$code ;; esac; \
	$(BIN)/runner claims -o docs/claims.md; code=$$?; \
	case $$code in 0|4|5) exit $$failed ;; *) exit $$code ;; esac

test: setup      ## all tests; those with Docker run if a daemon responds
	@sh tests/packages.sh
	@failed=0; \
	$(BIN)/pytest -n $(JOBS) --dist worksteal -m "not alone" $(SELECT) || { [ $$? -eq 1 ] \
	  && echo "test: running the failed tests again, one at a time" \
	  && $(BIN)/pytest -n 0 -m "not alone" --last-failed --last-failed-no-failures none; } || failed=1; \
	$(BIN)/pytest -m alone $(SELECT) || [ $$? -eq 5 ] || failed=1; \
	exit $$failed

lint: $(STAMP)   ## ruff, mypy --strict
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

bench: setup     ## the speed of the lab's own programs, as ratios within one run
	@$(BIN)/python -m tests.bench

aa: setup        ## the same server twice, 200 times: how often does a verdict call them different? One hour
	@$(BIN)/python -m tests.bench.errors --comparisons 200
	@$(BIN)/python -m tests.bench.errors --comparisons 200 --noisy

power: setup     ## servers that are 10% and 3% slower, interleaved, 20 times each: how often is that detected?
	@$(BIN)/python -m tests.bench.errors --slower 10 --slot 10ms --window 2s --repeat 4 --max-repeat 10 --required 95 --within 5
	@$(BIN)/python -m tests.bench.errors --slower 3 --slot 20ms --repeat 4 --max-repeat 20 --required 90 --within 20

levels: setup    ## why poll's rate beside 10,000 idle connections changes within a run
	@$(BIN)/python -m tests.bench.levels --thrash

fuzz: $(STAMP)   ## the load generator's parsers under libFuzzer (needs clang): RUNS=1000000 of each
	@$(BIN)/python -m tests.fleet.fuzz $(RUNS)

properties: setup ## EXAMPLES=40 times as many examples of every property-based test: more than 100,000. Half an hour
	@EXAMPLES=$(or $(EXAMPLES),40) $(BIN)/pytest -q -n 2 --timeout=0 --hypothesis-show-statistics \
	  $$(grep -rlF '@given' tests) | $(BIN)/python -m tests.examples

decoys: setup    ## 287 servers, honest ones and decoys, held against the proof of their model. A quarter of an hour
	@$(BIN)/python -m tests.grade.whole --keep

stability: setup ## fifteen submissions graded ROUNDS=10 times beside a noisy neighbour: does a score change? Half an hour
	@$(BIN)/python -m tests.grade.stability $(ROUNDS)

class: setup     ## a class of SUBMISSIONS=40, two at once: how long, where the seconds go, was the estimate honest?
	@$(BIN)/python -m tests.grade.many $(SUBMISSIONS)

site: $(STAMP)   ## the docs as a site, in .cache/site
	@$(BIN)/sphinx-build -q -W --keep-going -j auto -b dirhtml -c docs/site -d .cache/site-trees . .cache/site
	@echo "begin with .cache/site/docs/site/index.html"

crash: setup     ## SIGKILL at fifty random moments of runs: no trial is lost, --resume completes every run
	@$(BIN)/python -m tests.bench.crash

look: setup      ## the report of the latest run in a headless browser, three widths, light, dark, on paper (needs chromium): PAGE=FILE
	@$(BIN)/python -m venv --system-site-packages .cache/look-venv
	@.cache/look-venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/look.txt
	@PYTHONPATH=$$($(BIN)/python -c 'import site; print(site.getsitepackages()[0])'):. .cache/look-venv/bin/python -m tests.look $(PAGE)

clean:           ## remove what the lab made on this machine: boxes, images, caches (results stay)
	@[ ! -x $(BIN)/runner ] || $(BIN)/runner clean --images
	@[ ! -x $(BIN)/python ] || $(BIN)/python -c 'import shutil; from runner.paths import CACHE; shutil.rmtree(CACHE, True)'
	rm -rf $(VENV) dist .cache .pytest_cache .mypy_cache .ruff_cache *.egg-info

dist: $(STAMP)   ## dist/: the wheel and the sdist, with everything in them that a run needs
	@$(BIN)/python -m hatchling build --clean

lock:            ## requirements/*.txt from requirements/*.in (needs pip-tools on PATH)
	cd requirements && for f in build run dev look; do CUSTOM_COMPILE_COMMAND="make lock" pip-compile -q --generate-hashes \
	  --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --allow-unsafe --strip-extras -o $$f.txt $$f.in; done
