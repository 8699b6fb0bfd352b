# Needs Swift 6.2 or later and a Debian system; everything else is installed by scripts/setup.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test bench fuzz fuzz-api build install format lint clean setup release

# Options for `make bench`, for example BENCH_ARGS=--json.
BENCH_ARGS ?=
# Tests that run at once: beyond a few, servers and programs of many tests only wait for each other.
TEST_WIDTH ?= 6
# How long `make fuzz` runs each target.
export FUZZ_SECONDS ?= 60
# Where `make install` puts the program; below DESTDIR, which packagers set.
PREFIX ?= /usr/local
export DESTDIR ?=
# Options for `make test`, for example TEST_ARGS='--filter TidyTests'.
TEST_ARGS ?=

help: ## shows this list
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

demo: release ## plays ten purchases through failures and kills, and checks the databases after them
	@.build/release/saga demo

test: setup ## checks the format, builds, and runs all tests with servers of its own
	@scripts/lint
	@echo "Building the tests (several minutes the first time)" >&2
	@swift build --build-tests
	@scripts/test --experimental-maximum-parallelization-width $(TEST_WIDTH) $(TEST_ARGS)

bench: release ## measures throughput and latency; BENCH_ARGS=--json for programs
	@.build/release/saga bench $(BENCH_ARGS)

fuzz: setup ## fuzzes what takes bytes from outside; FUZZ_SECONDS=60 for each target
	@scripts/fuzz

fuzz-api: release ## fuzzes the HTTP API from its OpenAPI document; FUZZ_CASES=1000 for each operation
	@scripts/fuzz-api

build: setup ## builds everything for debugging
	@swift build

install: release ## installs saga, its manual pages and completions below PREFIX=/usr/local
	@scripts/install .build/release/saga "$(PREFIX)"

format: ## formats all Swift files
	@scripts/format

lint: ## checks the format of all Swift files
	@scripts/lint

clean: ## removes what was built
	@swift package clean

setup: ## installs missing system packages
	@scripts/setup

# Says everything on standard error: the standard output belongs to what is run afterwards.
release: setup
	@echo "Building saga for release (several minutes the first time, seconds later)" >&2
	@swift build -c release --product saga >&2
