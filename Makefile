# The one front door. `make` lists what there is; each target does its own set-up.
SHELL := /bin/bash
# Debian's own programs, whatever else is first in PATH (scripts/debian-first.sh).
export PATH := /usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin:$(PATH)
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PREFIX ?= /usr/local
DESTDIR ?=
TRIALS ?= 1
FAULT ?= db-stop
HOST ?= db
BASE ?= HEAD
KILLS ?= 200
SEED ?= 0
FUZZ ?=
VARIANT ?= plain
# Not `?=`: SECONDS is bash's own, and may come from the environment.
SECONDS_EACH := $(if $(filter command line,$(origin SECONDS)),$(SECONDS),60)
LAB := python3 tests/lab/lab.py

.PHONY: help
help: ## list the targets
	@printf 'Faultline %s. Targets:\n' "$$(cat VERSION)"
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | \
	  while IFS=$$'\t' read -r target what; do printf '  make %-13s %s\n' "$$target" "$$what"; done

##### run

.PHONY: run stop break-demo mend-demo
run: ## set up, build and run the collector and an agent for this host; ends with the page's address
	@scripts/run
stop: ## end what `scripts/run --detach` started
	@scripts/run --stop
break-demo: ## end the demo service that `make run` watches: the first alert
	@scripts/run --break-demo
mend-demo: ## start the demo service again
	@scripts/run --mend-demo

##### build

.PHONY: build install
build: ## build everything with its tests (build/test)
	@scripts/build test
install: ## build the programs with optimisation and install them (PREFIX=/usr/local, DESTDIR=)
	@scripts/build release faultline-agent faultline-collector faultline
	@DESTDIR='$(DESTDIR)' cmake --install build/release --prefix '$(PREFIX)'

.PHONY: deb release
deb: ## Debian packages of agent, collector and command in build/deb
	@scripts/deb
release: ## what one publishes, in build/publish: packages, tar, checksums, SBOM, signed apt repository (FAULTLINE_SIGNING_KEY)
	@scripts/release

##### test

.PHONY: test test-asan test-tsan test-crash test-fresh
test: ## format, house rules, build, all tests that need no lab; prints the seconds of each stage
	@scripts/test
test-asan: ## the same tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@scripts/test --sanitizer asan
test-tsan: ## the same tests under ThreadSanitizer (THREADS_ONLY=1: of the layers that run threads of their own)
	@scripts/test --sanitizer tsan $(if $(THREADS_ONLY),--threads-only)
test-crash: ## kill -9 agent and collector over and over; nothing may be lost (KILLS=200 SEED=0, 0: random)
	@scripts/setup run test
	@scripts/build release faultline-agent faultline-collector
	@python3 tests/crash/crash.py --bin build/release --kills '$(KILLS)' --seed '$(SEED)'
test-fresh: ## `make run` and `make test` on new machines (VARIANT=plain, another of docs/fresh.md, or all; needs root)
	@scripts/test-fresh $(if $(filter all,$(VARIANT)),--all,--variant '$(VARIANT)')

.PHONY: fuzz
fuzz: ## fuzz every parser of outside bytes (SECONDS=60 each; FUZZ=NAME for one); found inputs stay in build/fuzz/corpus
	@scripts/fuzz --seconds '$(SECONDS_EACH)' $(FUZZ)

##### lab (needs root; tests/lab)

.PHONY: lab lab-up lab-shell lab-down lab-scenarios lab-lost bench-detect bench-agent bench-storm lab-ready
lab-ready:
	@scripts/setup run lab
	@scripts/deb
lab: lab-ready ## boot the stack, inject a failure, show the message and its times (FAULT=db-stop TRIALS=1)
	@$(LAB) trial --fault '$(FAULT)' --trials '$(TRIALS)'
lab-up: lab-ready ## boot the stack and leave it running
	@$(LAB) up
lab-shell: ## a shell on one of its hosts (HOST=db)
	@$(LAB) shell '$(HOST)'
lab-down: ## end it: hosts, namespaces, mounts
	@$(LAB) down
lab-scenarios: lab-ready ## the lab's scenarios: restarts, a cut network, a killed collector
	@$(LAB) scenario all
lab-lost: lab-ready ## power lost, cable pulled, agent killed, collector cut off, each TRIALS times; writes docs/pager-logs.md (TRIALS=20: about an hour)
	@wrong=0; for loss in power-lost cable-pulled agent-killed collector-cut-off; do \
	  $(LAB) lose "$$loss" --trials '$(if $(filter file,$(origin TRIALS)),20,$(TRIALS))' --labs 3 || wrong=1; done; \
	  $(LAB) pager-logs; exit $$wrong
bench-detect: lab-ready ## from `systemctl stop` to the webhook, beside Prometheus and Alertmanager
	@python3 tests/bench/detect.py
bench-storm: ## what it costs the collector when every check of a fleet fails (BASELINE=FOLDER: beside the programs of another build)
	@scripts/setup run test
	@scripts/build release faultline-collector
	@scripts/build test storm_fleet
	@python3 tests/bench/storm.py $(if $(BASELINE),--baseline '$(BASELINE)')
bench-agent: lab-ready ## what the agent costs its host, quiet and under a log flood, beside its peers
	@python3 tests/bench/agent.py

.PHONY: test-packages
test-packages: ## the packages in booted Debian 12 and 13: install, upgrade, remove, purge, apt repository (needs root)
	@scripts/setup run lab deb release
	@scripts/deb
	@python3 tests/packages/package_tests.py

##### house

.PHONY: docs format check-format tidy clean
docs: ## write docs/checks.md, docs/metrics.md, docs/webhook.md and the tables of docs/configuration.md anew from the declarations
	@scripts/build dev faultline-agent faultline-collector
	@scripts/key-tables build/dev docs/configuration.md
	@mkdir -p build && build/dev/faultline-agent explain --output markdown >build/checks.md
	@mv build/checks.md docs/checks.md
	@scripts/build test write_reference webhook_page
	@build/test/write_reference
	@build/test/webhook_page >build/webhook.md
	@mv build/webhook.md docs/webhook.md
format: ## format the sources in place
	@scripts/setup test
	@scripts/format
check-format: ## say which sources are not formatted
	@scripts/setup test
	@scripts/format --check
tidy: ## clang-tidy on what the change touches (BASE=HEAD; BASE=all for everything)
	@scripts/setup run test tidy
	@scripts/tidy '$(BASE)'
clean: ## delete build/
	@scripts/run --stop
	@rm -rf build
