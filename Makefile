# Every target prepares what it needs; `make setup` is idempotent.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# Files that say what is installed: what a run needs, and what the tests need besides.
RUN    := $(VENV)/.run
STAMP  := $(VENV)/.ready
JOBS   ?= 4# tests at the same time: most tests mostly wait
SELECT ?=# of the tests: -k EXPRESSION, files, folders
# Files with tests that run beside nothing: to collect the others again takes ten seconds.
ALONE  = $(shell grep -rl --include='test_*.py' 'mark\.alone' tests)

.PHONY: help setup dev images run first claims test lint bench crash aa power levels decoys stability class class-hosts overhead-hosts same-verdicts fuzz properties site look slurm largest clean dist lock

help:            ## this list
	@grep -E '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 16

# The programs of a virtual environment contain the path of its folder: they do not start in a renamed
# checkout.
FOR := $(shell cat $(STAMP) $(RUN) 2>/dev/null | head -n 1)
ifneq ($(FOR),)
ifneq ($(FOR),$(CURDIR))
MOVED := moved
endif
endif

setup: $(RUN)    ## .venv with hash-pinned packages; what the main job needs, compiled, and as images if a Docker daemon responds
	@$(started)
	@$(BIN)/runner setup

# An environment of another user may be closed to this one.
started = $(BIN)/runner --version >/dev/null 2>&1 || { \
	echo "setup: $(VENV) of user $$(stat -c %U $(VENV)) does not run for user $$(id -un);" \
	  "type: make VENV=$${HOME:-/tmp}/iolab-venv $(MAKECMDGOALS)" >&2; exit 2; }
install = $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: moved
moved:
	@echo "setup: $(VENV) was made for $(FOR); it is made again for this folder"

$(RUN): requirements/run.txt requirements/build.txt pyproject.toml $(MOVED)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "setup: $(PYTHON) is older than 3.11; type: make PYTHON=python3.11 $(MAKECMDGOALS)" >&2; exit 2; }
	@echo "setup: making $(VENV) and installing the pinned packages of requirements/run.txt, once: half a minute"
	@$(PYTHON) -m venv $(if $(MOVED),--clear) $(VENV) \
	  || { echo "setup: Python has no venv module; type: sudo apt-get install python3-venv" >&2; exit 2; }
	@$(install) --require-hashes -r requirements/run.txt -r requirements/build.txt
	@$(install) --no-deps --no-build-isolation -e .
	@echo "$(CURDIR)" > $@

$(STAMP): requirements/dev.txt $(RUN)
	@echo "setup: installing the packages of the tests, requirements/dev.txt, once: half a minute"
	@$(install) --require-hashes -r requirements/dev.txt
	@echo "$(CURDIR)" > $@

dev: $(STAMP) setup ## the same, and what the tests and the benchmarks need besides

images: $(RUN)   ## the image of every lab, and the .env that docker-compose.yml reads
	@$(started)
	@$(BIN)/runner images build

run: $(RUN)      ## the main job: runner run experiments.yaml. The first table comes within three minutes of the clone
	@$(started)
	@# 4: noise left a verdict undecided; 5: the machine lacks a capability that a verdict needs. The
	@# tables say which verdict; neither is a failure.
	@$(BIN)/runner run experiments.yaml || { code=$$?; [ $$code -eq 4 ] || [ $$code -eq 5 ]; }

first: $(STAMP)  ## how long from a clean clone to the first table and to the end of --quick: ENGINE=process or docker, WARM=1 with caches
	@$(BIN)/python -m tests.bench.first $(if $(ENGINE),--engine $(ENGINE)) $(if $(WARM),--warm)

# The checks of an assignment need a submission, and landmarks are other people's: evidence for no claim.
SPECS := experiments.yaml $(sort $(shell find labs -name '*.yaml' -not -path 'labs/homework/*' -not -path 'labs/landmarks/*'))

claims: setup    ## all evidence: every spec with --full (half an hour), then docs/claims.md, its Chinese twin and docs/misunderstandings.md
	@failed=0; for spec in $(SPECS); do \
	  $(BIN)/runner run $$spec --full; code=$$?; \
	  case $$code in 0|4|5) ;; 1) failed=1 ;; *) exit $$code ;; esac; \
	done; \
	$(BIN)/runner claims --misunderstandings -o docs/misunderstandings.md; code=$$?; \
	case $$code in 0|4|5) ;; *) exit $$code ;; esac; \
	$(BIN)/runner claims -o docs/claims.md; code=$$?; \
	case $$code in 0|4|5) exit $$failed ;; *) exit $$code ;; esac

test: export PYTHONDONTWRITEBYTECODE :=# or each worker compiles every file of tests, every time
test: $(STAMP)   ## all tests; those with Docker run if a daemon responds
	@$(started)
	@$(BIN)/runner setup --all
	@sh tests/packages.sh
	@failed=0; \
	$(BIN)/pytest -n $(JOBS) --dist worksteal -m "not alone" $(SELECT) || { [ $$? -eq 1 ] \
	  && echo "test: running the failed tests again, one at a time" \
	  && $(BIN)/pytest -n 0 -m "not alone" --last-failed --last-failed-no-failures none; } || failed=1; \
	$(BIN)/pytest -m alone $(or $(SELECT),$(ALONE)) || [ $$? -eq 5 ] || failed=1; \
	exit $$failed

lint: $(STAMP)   ## ruff, mypy --strict
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

bench: dev       ## the speed of the lab's own programs, as ratios within one run
	@$(BIN)/python -m tests.bench

aa: dev          ## the same server twice, 200 times: how often does a verdict call them different? One hour
	@$(BIN)/python -m tests.bench.errors --comparisons 200
	@$(BIN)/python -m tests.bench.errors --comparisons 200 --noisy

power: dev       ## servers that are 10% and 3% slower, interleaved, 20 times each: how often is that detected?
	@$(BIN)/python -m tests.bench.errors --slower 10 --slot 10ms --window 2s --repeat 4 --max-repeat 10 --required 95 --within 5
	@$(BIN)/python -m tests.bench.errors --slower 3 --slot 20ms --repeat 4 --max-repeat 20 --required 90 --within 20

levels: dev      ## why poll's rate beside 10,000 idle connections changes within a run
	@$(BIN)/python -m tests.bench.levels --thrash

class-hosts: dev ## a class of N=500 over three hosts in network namespaces (needs root): one killed, one cut off, the coordinator killed
	@$(BIN)/python -m tests.cluster.many $(N)

overhead-hosts: dev ## what a trial on a host of a cluster takes beyond the same trial here: ROUNDS=5 of each
	@$(BIN)/python -m tests.cluster.overhead $(ROUNDS)

same-verdicts: dev ## experiments.yaml on one host and over three, verdict by verdict. A quarter of an hour
	@$(BIN)/python -m tests.cluster.same_verdicts

fuzz: $(STAMP)   ## the load generator's parsers under libFuzzer (needs clang): RUNS=1000000 of each
	@$(BIN)/python -m tests.fleet.fuzz $(RUNS)

properties: dev  ## EXAMPLES=40 times as many examples of every property-based test: more than 100,000. Half an hour
	@EXAMPLES=$(or $(EXAMPLES),40) $(BIN)/pytest -q -n 2 --timeout=0 --hypothesis-show-statistics \
	  $$(grep -rlF '@given' tests) | $(BIN)/python -m tests.examples

decoys: dev      ## 333 servers, honest ones and decoys, held against the proof of their model. A quarter of an hour
	@$(BIN)/python -m tests.grade.whole --keep

stability: dev   ## fifteen submissions graded ROUNDS=10 times beside a noisy neighbour: does a score change? Half an hour
	@$(BIN)/python -m tests.grade.stability $(ROUNDS)

class: dev       ## a class of SUBMISSIONS=40, two at once: how long, where the seconds go, was the estimate honest?
	@$(BIN)/python -m tests.grade.many $(SUBMISSIONS)

site: $(STAMP)   ## the docs as a site, in .cache/site
	@$(BIN)/sphinx-build -q -W --keep-going -j auto -b dirhtml -c docs/site -d .cache/site-trees . .cache/site
	@echo "begin with .cache/site/docs/site/index.html"

crash: dev       ## SIGKILL at fifty random moments of runs: no trial is lost, --resume completes every run
	@$(BIN)/python -m tests.bench.crash

look: dev        ## the report of the latest run in a headless browser, three widths, light, dark, on paper (needs chromium): PAGE=FILE
	@$(BIN)/python -m venv --system-site-packages .cache/look-venv
	@.cache/look-venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/look.txt
	@PYTHONPATH=$$($(BIN)/python -c 'import site; print(site.getsitepackages()[0])'):. .cache/look-venv/bin/python -m tests.look $(PAGE)

slurm: dev       ## a Slurm controller and two nodes in network namespaces run a spec (needs root, slurm-wlm, munge); renders docs/scale.md
	@$(BIN)/python -m venv .cache/queues-venv
	@.cache/queues-venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/queues.txt
	@PYTHONPATH=$$($(BIN)/python -c 'import site; print(site.getsitepackages()[0])'):. .cache/queues-venv/bin/python -m pytest \
	  tests/cluster/test_slurm.py tests/cluster/test_scale_page.py

largest: dev     ## what `runner scale` predicts from one host, against CONNECTIONS=600000 over three in network namespaces (needs root)
	@$(BIN)/python -m tests.cluster.largest $(CONNECTIONS)

clean:           ## remove what the lab made on this machine: boxes, images, caches (results stay)
	@[ ! -x $(BIN)/runner ] || $(BIN)/runner clean --images
	@[ ! -x $(BIN)/python ] || $(BIN)/python -c 'import shutil; from runner.paths import CACHE; shutil.rmtree(CACHE, True)'
	rm -rf $(VENV) dist .cache .pytest_cache .mypy_cache .ruff_cache *.egg-info

dist: $(STAMP)   ## dist/: the wheel and the sdist, with everything in them that a run needs
	@$(BIN)/python -m hatchling build --clean

COMPILE = CUSTOM_COMPILE_COMMAND="make lock" pip-compile -q --generate-hashes --no-emit-index-url \
	--no-emit-trusted-host --no-emit-find-links --allow-unsafe --strip-extras
lock:            ## requirements/*.txt from requirements/*.in, and those of labs/landmarks (needs pip-tools on PATH)
	cd requirements && for f in build run cluster dev look queues; do $(COMPILE) -o $$f.txt $$f.in; done
	cd labs/landmarks/pypi && $(COMPILE) -o requirements.txt requirements.in
