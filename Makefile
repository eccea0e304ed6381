# What can be done here: `make help` prints the lines that begin with two hashes.
#
# Set-up reads no standard input and writes to standard error only; the program has both to itself. From another
# folder, `make -s -C FOLDER run` keeps make from announcing on standard output that it went there.

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help setup run test quality tools lint types browser demo-kill soak faults bench clean

# The model comes as a package: nothing here may wait for a network that it does not need.
HF_HUB_OFFLINE ?= 1
export HF_HUB_OFFLINE TORCH_INDEX

bin := .venv/bin
pythons := $(if $(PYTHON),"$(PYTHON)",$(bin)/python python3 python3.14 python3.13 python3.12 python3.11 python)
usable := import sys; v = sys.version_info[:2]; (3, 11) <= v <= (3, 14) or sys.exit("is Python %d.%d" % v); \
	import importlib.util as u; u.find_spec("ensurepip") or sys.exit("has no venv module")
set-up = for python in $(pythons); do \
		command -v "$$python" >/dev/null 2>&1 || continue; \
		why=$$("$$python" -I -c '$(usable)' </dev/null 2>&1) && exec "$$python" -I bot/setup.py $(1) </dev/null >&2; \
		seen="$$seen  $$python: $$(echo "$$why" | tail -n 1)\n"; \
	done; \
	{ echo 'talks needs Python 3.11 to 3.14 with its venv module, and found none:'; \
	printf '%b' "$${seen:-  no python3 in PATH\n}"; \
	echo 'Debian and Ubuntu: sudo apt install python3 python3-venv. macOS: brew install python. Others: python.org.'; \
	echo 'If it is elsewhere on this machine: make $(MAKECMDGOALS) PYTHON=/path/to/python3'; } >&2; exit 1

## help: this list
help:
	@sed -n 's/^## \([a-z-]*\): \(.*\)/  make \1|\2/p; s/^##   \(.*\)/|\1/p' Makefile | awk -F '|' '{ printf "%-14s %s\n", $$1, $$2 }'

## setup: make .venv with the pinned packages and the program, .venv/bin/talks
##   TORCH_INDEX=ADDRESS takes torch from another wheel index; PYTHON=PATH names the Python to use
setup:
	@$(call set-up,run)

## run: set up what is missing, then start: in Telegram if there is a TELEGRAM_BOT_TOKEN, else in this terminal
run: setup
	@exec $(bin)/talks run

## test: set up what the checks need, then lint, types and the tests
# One more at work than there are cores: tests of the running program wait for it as long as they compute.
test: lint types
	@$(bin)/python -m pytest -n 3 --dist worksteal

## quality: ask the judged questions and hold every measure to its floor in tests/quality/floors.json
##   EVAL=FOLDER asks the collections in that folder too
quality: tools
	@$(bin)/python -m tests.quality $(EVAL)

## tools: set-up with all that the checks need on top
tools:
	@$(call set-up,test)

## lint: ruff
lint: tools
	@$(bin)/python -m ruff check .

## types: mypy --strict
types: tools
	@$(bin)/python -m mypy

## browser: the review pages in headless Chromium, by keyboard, at two sizes; CHROMIUM=PATH names another one
##   PICTURES=FOLDER keeps a picture of every page
browser: tools
	@$(if $(CHROMIUM),CHROMIUM="$(CHROMIUM)" )$(if $(PICTURES),PICTURES="$(PICTURES)" )$(bin)/python -m tests.browser

## demo-kill: kill -9 at random moments, while it answers and while documents are added: nothing may be lost
##   RUNS=5 for less, SEED=1 for the same moments again
demo-kill: tools
	@$(bin)/python -m tests.faults.kill $(if $(RUNS),--runs $(RUNS)) $(if $(SEED),--seed $(SEED))

## soak: two hundred chats at once on a bad network, killed three times: nothing lost, doubled or out of order
##   SCALE=0.1 for a tenth of the people
soak: tools
	@$(bin)/python -m tests.soak --scale $(or $(SCALE),1)

## faults: kill every command that changes the corpus at every STRIDE-th step (3), fill its disk, damage what is live
faults: tools
	@STRIDE=$(or $(STRIDE),3) PUBLISHES=50 $(bin)/python -m pytest -n 2 tests/faults/test_refresh_steps.py \
		tests/corpus/test_crashes.py tests/bot/test_live.py tests/corpus/test_checks.py

## bench: what a question, a cold start and a build cost, as ratios to the libraries alone; BENCH=--help has sizes
##   then what a refresh costs of a full build, with PASSAGES=20000, and how long the review pages take
bench: tools
	@$(bin)/python -m tests.bench $(BENCH)
	@$(bin)/python -m tests.bench.refresh $(if $(PASSAGES),--passages $(PASSAGES))
	@$(bin)/python -m tests.bench.pages

## clean: remove .venv and what tools left behind; the program's data in var/ stays
clean:
	@rm -rf .venv .setup-stamp* .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist *.egg-info
	@find bot retrieval corpus migrations tests -type d -name __pycache__ -prune -exec rm -rf {} +
