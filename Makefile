# The commands for developers. Each does its own setup and says what it installs.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

# run, test, e2e and bench share one profile, and each command selects the whole workspace, so that nothing is built twice (tools/check-features).
CARGO_PROFILE := --release
TEST := cargo test $(CARGO_PROFILE) --workspace --locked

# Tests with `test = false` in their Cargo.toml, which `make test` does not run. Each must be in one of these lists (tools/check-tests).
INTEROP_TESTS := languages access commands exchange signatures interop oracles
E2E_TESTS := $(filter-out nri_proxy,$(patsubst e2e/cluster/tests/%.rs,%,$(wildcard e2e/cluster/tests/*.rs))) go_runtime guard_runtime
select = $(addprefix --test ,$(1))

.PHONY: help
help: ## Show these commands
	@grep -E '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## (.*)/\1\t\2/' | expand -t 15

.PHONY: lint
lint: ## Check formatting, clippy, licences, advisories and duplicate crates
	cargo fmt --all --check
	tools/timed "clippy" cargo clippy $(CARGO_PROFILE) --workspace --all-targets --locked -- -D warnings
	tools/timed "clippy of the tests that make test leaves out" cargo clippy $(CARGO_PROFILE) --workspace --locked $(call select,$(INTEROP_TESTS) $(E2E_TESTS)) -- -D warnings
	tools/check-features
	tools/check-lengths
	tools/check-decisions
	tools/check-tests $(INTEROP_TESTS) $(E2E_TESTS)
	tools/timed "cargo-deny" tools/install-cargo-tool cargo-deny 0.20
	tools/timed "licences, advisories, duplicates" tools/deny

.PHONY: test
test: ## Run every test that needs only Rust, a C compiler and what tools/fetch-servers unpacks
	tools/fetch-servers
	tools/timed "building the tests" $(TEST) --no-run
	tools/timed "running the tests" $(TEST)
	tools/timed "golden cases" target/release/podweave test plugins $(filter-out examples/plugins,$(wildcard examples/*))

.PHONY: fmt
fmt: ## Format the Rust code
	cargo fmt --all

.PHONY: unit
unit: ## Run the unit tests alone: those in the sources of each crate
	$(TEST) --lib --bins

.PHONY: one
one: ## Run one file of tests, T=binding, or the tests of it whose names have F=TEXT in them; e2e tests need root and `make e2e` once
	@test -n "$(T)" || { echo "which one? make one T=binding, or make one T=binding F=full_form" >&2; exit 2; }
	$(TEST) $(if $(filter $(T),$(E2E_TESTS)),--bin podweave) --test $(T) $(if $(filter $(T),$(E2E_TESTS)),$(IN_NAMESPACE)) -- $(F)

.PHONY: doc
doc: ## Build the documentation of all library crates, and fail where a link leads nowhere
	RUSTDOCFLAGS="-D warnings" cargo doc $(CARGO_PROFILE) --workspace --locked --no-deps --lib

.PHONY: mutants
mutants: ## Change what safety rests on in one place at a time, and see whether a test notices: hours; AREAS="guard trust" for some
	tools/mutants $(AREAS)

# The test `languages` builds the components of examples/plugins and runs their cases.
# A fixed seed gives the same random documents each time, so that a failure is caused by the change. Other seeds give other documents.
.PHONY: interop
interop: ## Run the tests against other programs: plugins in Go, JavaScript, Python and C; cosign, oras, wkg; oracles of formats and templates
	tools/fetch-toolchains
	tools/fetch-oracles-handlebars
	tools/fetch-oracles-formats
	tools/build-registry-peers
	tools/build
	PODWEAVE_ORACLE_SEED=$${PODWEAVE_ORACLE_SEED:-1} PODWEAVE_ORACLE_DOCUMENTS=$${PODWEAVE_ORACLE_DOCUMENTS:-2000} tools/timed "running the tests" $(TEST) $(call select,$(INTEROP_TESTS))

# The tests are built outside of the namespace and run inside of it. podweave is selected, too: otherwise macros and their crates would be built once
# more (tools/check-features).
IN_NAMESPACE := --config "target.'cfg(unix)'.runner = ['$(CURDIR)/tools/in-namespace']"

.PHONY: e2e
e2e: ## Run the tests that need root: a full disk, and a real cluster with a node, whose programs are built from Go modules
	tools/need-root
	tools/fetch-servers
	tools/timed "building podweave" tools/build
	e2e/full-disk
	tools/build-registry-peers docker-registry oras
	tools/timed "a cluster's programs" tools/build-cluster
	tools/build-nri-runtime
	tools/render-chart --check
	tools/timed "building the tests" $(TEST) --no-run --bin podweave $(call select,$(E2E_TESTS))
	tools/timed "running the tests" $(TEST) --bin podweave $(call select,$(E2E_TESTS)) $(IN_NAMESPACE)

.PHONY: bench
bench: ## Run all benchmarks and print the tables of docs/performance.md; bench-cluster and bench-node only as root and with Go
	tools/timed "renders" tools/bench $(BENCH)
	tools/timed "languages" tools/bench-languages --if-possible $(BENCH)
	tools/timed "plugins" tools/bench-plugins --if-possible $(BENCH)
	tools/timed "ConfigMaps" tools/bench-config-maps --if-possible $(BENCH)
	tools/timed "a node" tools/bench-node --if-possible $(BENCH)

.PHONY: bench-short
bench-short: ## Run all benchmarks with few repetitions, as a check that they work
	$(MAKE) bench BENCH=--short

.PHONY: bench-cluster
bench-cluster: ## Compare the ConfigMap manager with the kubelet's on a real API server; needs root and Go, takes 20 minutes
	tools/bench-config-maps

.PHONY: bench-node
bench-node: ## Measure podweave's cost for a real node and its pods; needs root and Go, takes 8 minutes
	tools/bench-node

.PHONY: rebuilds
rebuilds: ## Check, after the other commands, that none of them recompiles a crate from crates.io
	tools/check-rebuilds

.PHONY: soak
soak: ## Run the fuzz targets, and pods that start and end on a node, for long: SOAK_SECONDS each, default 600
	tools/soak
