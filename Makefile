# The few commands that a person types. Each does its own set-up and says what it installs.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

# One profile serves run, test and e2e, so that nothing big is built twice.
CARGO_PROFILE := --release

.PHONY: help
help: ## Show these commands
	@grep -E '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## (.*)/\1\t\2/' | expand -t 12

.PHONY: lint
lint: ## Check formatting, clippy, licences, advisories and duplicate crates
	cargo fmt --all --check
	cargo clippy $(CARGO_PROFILE) --workspace --all-targets --locked -- -D warnings
	tools/check-features
	tools/install-cargo-tool cargo-deny 0.20
	tools/deny

# The cases of examples/plugins need components that tests in host/cli/tests/languages build, and check there.
.PHONY: test
test: ## Run every test that needs no root; fetches servers and builds programs that are not installed (the first time takes minutes, and needs Go)
	tools/fetch-servers
	tools/fetch-toolchains
	tools/build-registry-peers
	cargo test $(CARGO_PROFILE) --workspace --locked
	target/release/podweave test plugins $(filter-out examples/plugins,$(wildcard examples/*))

# Built outside of the namespace, run inside of it. The whole workspace, so that nothing is built twice (tools/check-features).
CLUSTER_TESTS := $(patsubst e2e/cluster/tests/%.rs,--test %,$(wildcard e2e/cluster/tests/*.rs))
IN_NAMESPACE := --config "target.'cfg(unix)'.runner = ['$(CURDIR)/tools/in-namespace']"

.PHONY: e2e
e2e: ## Run what needs root: a full disk, a real cluster with a node; builds the latter from Go modules (minutes)
	tools/need-root
	tools/fetch-servers
	cargo build $(CARGO_PROFILE) --locked
	e2e/full-disk
	tools/build-registry-peers
	tools/build-cluster
	tools/build-nri-runtime
	tools/render-chart --check
	cargo test $(CARGO_PROFILE) --workspace --locked --features podweave-cluster/cluster,podweave-nri/go-runtime,podweave-agent/go-runtime $(CLUSTER_TESTS) --test go_runtime --test guard_runtime $(IN_NAMESPACE)

.PHONY: bench
bench: ## Measure, and print the tables of docs/performance.md; those of bench-cluster and bench-node only as root and with Go
	cargo run $(CARGO_PROFILE) --locked -p podweave-bench
	tools/bench-languages --if-possible
	tools/bench-config-maps --if-possible
	tools/bench-node --if-possible

.PHONY: bench-cluster
bench-cluster: ## Measure ConfigMaps beside the kubelet's manager on a real API server; needs root and Go, takes 20 minutes
	tools/bench-config-maps

.PHONY: bench-node
bench-node: ## Measure what podweave costs a real node and its pods; needs root and Go, takes 8 minutes
	tools/bench-node

.PHONY: soak
soak: ## Run the fuzz targets, and pods that come and go on a node, for long: SOAK_SECONDS for each, 600 unless set
	tools/soak
