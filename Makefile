# The only door: everything the project does, locally and in CI, is a target.
# Each needs Go, git, a C compiler and a POSIX shell, and asks nothing.

GO    ?= go
GOFMT ?= $(shell $(GO) env GOROOT)/bin/gofmt

# BACKENDS are what test-backends forces, one after the other: a backend of the
# default build, or build tags that make kqueue, emulated, the only one.
BACKENDS ?= io_uring epoll tags=kqueue tags=kqueue,kqpipe

# BACKEND_PACKAGES are those whose tests depend on the backend.
BACKEND_PACKAGES := ./proactor/... ./await/... ./timeout/... ./inspect/... ./cmd/... ./examples/... ./internal/kq/... ./internal/sim/...

# NESTED have a go.mod each, examples for what they show, the benchmarks for their rivals, the
# metrics for their client, the tests for what only they need: users of the module never download those.
NESTED := examples/cp examples/stores examples/simulated bench inspect/prom hangtest internal/netsuite

# BACKEND_NESTED are those of them whose tests depend on the backend.
BACKEND_NESTED := examples/cp examples/stores hangtest internal/netsuite

# BENCHFLAGS are more flags for the comparisons: see go -C bench run . -h.
BENCHFLAGS ?=

# FUZZTIME is how many inputs fuzz-smoke gives each fuzz target, or how long it spends on one.
FUZZTIME ?= 30000x

# PLATFORMS are what cross builds for.
PLATFORMS ?= linux/amd64 linux/arm64 linux/386 linux/arm linux/riscv64 linux/s390x \
	darwin/amd64 darwin/arm64 freebsd/amd64 freebsd/386 freebsd/arm64 \
	netbsd/amd64 openbsd/amd64 dragonfly/amd64

# CROSS_TESTS are the packages whose tests cross builds. Those of all it vets, which knows their types.
CROSS_TESTS ?= ./...

# BUILDS are systems without a backend, for which everything must still compile.
BUILDS ?= windows/amd64 solaris/amd64

# GIOURING are the flags of the cross-check with that library, which no default
# build of Go can link.
GIOURING := -tags giouring -ldflags=-checklinkname=0

# STATICCHECK has a go.mod of its own: users of the module never download it.
STATICCHECK := tool -modfile=$(CURDIR)/internal/tools/go.mod staticcheck

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-15s %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: ## run a server and two clients: one gets its data, one its timeout
	@GO='$(GO)' sh examples/demo.sh

.PHONY: demo-picture
demo-picture: ## write docs/demo.svg, a picture of what demo prints
	@picture=$$(mktemp); trap 'rm -f "$$picture"' EXIT; \
		GO='$(GO)' sh examples/demo.sh | $(GO) run ./internal/termsvg 'make demo' >"$$picture" && cp "$$picture" docs/demo.svg

# TESTFLAGS are more flags for the tests: -short leaves out those that take long.
TESTFLAGS ?=

.PHONY: test
test: ## run the tests, and the cross-check of the io_uring driver
	$(GO) test $(TESTFLAGS) ./...
	@set -e; for module in $(NESTED); do echo "$(GO) -C $$module test ./..."; $(GO) -C $$module test $(TESTFLAGS) ./...; done
	$(GO) test $(GIOURING) ./internal/ring/

.PHONY: race
race: ## run the tests under the race detector
	$(GO) test -race ./...
	@set -e; for module in $(NESTED); do echo "$(GO) -C $$module test -race ./..."; $(GO) -C $$module test -race ./...; done

.PHONY: simulated
simulated: ## run the simulated examples, and find each of the bugs planted in them
	$(GO) -C examples/simulated test ./...

.PHONY: test-backends
test-backends: ## run the tests on each of BACKENDS, under the race detector
	@set -e; for backend in $(BACKENDS); do \
		echo "== $$backend"; \
		(case $$backend in \
		tags=*) export GOFLAGS="$$GOFLAGS -$$backend";; \
		*) export PROACTOR_BACKEND=$$backend;; \
		esac; \
		$(GO) test -race -count=1 $(BACKEND_PACKAGES); \
		for module in $(BACKEND_NESTED); do $(GO) -C $$module test -race -count=1 ./...; done); \
	done

.PHONY: test-sim
test-sim: ## run await's tests on a simulated host, and the suite of x/net on two
	PROACTOR_BACKEND=sim $(GO) test $(TESTFLAGS) ./await/
	$(GO) -C internal/netsuite test $(TESTFLAGS) -run Simulated .

# COMPATFLAGS are flags for the suites of others; -core leaves out those that take long.
COMPATFLAGS ?= -race -out docs/COMPATIBILITY.md

.PHONY: compat
compat: ## run the tests of net/http, crypto/tls, x/crypto/ssh and others over this library
	$(GO) run ./internal/compat $(COMPATFLAGS)

.PHONY: fuzz-smoke
fuzz-smoke: ## run each fuzz target for FUZZTIME inputs
	@set -e; list=$$($(GO) test -list '^Fuzz' ./...) || { echo "$$list"; exit 1; }; \
	targets=$$(echo "$$list" | awk '/^Fuzz/ { names[n++] = $$1 } \
		/^ok/ { for (i = 0; i < n; i++) print $$2, names[i]; n = 0 }'); \
	test -n "$$targets" || { echo "no fuzz targets"; exit 0; }; \
	echo "$$targets" | while read -r package target; do \
		echo "fuzz $$target of $$package for $(FUZZTIME)"; \
		$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$package" </dev/null; \
	done

.PHONY: bench
bench: ## compare with net, os and other libraries; into docs/BENCHMARKS.md
	$(GO) -C bench run . -out ../docs $(BENCHFLAGS)

.PHONY: bench-full
bench-full: ## the same, with the rows that take long
	$(GO) -C bench run . -out ../docs -full $(BENCHFLAGS)

.PHONY: bench-go
bench-go: ## run the benchmarks of go test
	$(GO) test -run '^$$' -bench . -benchmem ./proactor ./await ./timeout ./internal/ring

.PHONY: bench-smoke
bench-smoke: ## run every benchmark and comparison once, so that none rots
	$(GO) test -run '^$$' -bench . -benchtime 1x ./...
	$(GO) -C bench run . -smoke >/dev/null

.PHONY: lint
lint: ## check formatting, go vet, staticcheck, go fix, go.mod and the repository's rules
	@files=$$($(GOFMT) -l .) || exit 1; test -z "$$files" || { echo "not formatted (make fmt):"; echo "$$files"; exit 1; }
	$(GO) vet ./...
	$(GO) vet -tags giouring ./...
	$(GO) vet -tags kqueue ./...
	$(GO) vet -tags kqueue,kqpipe ./internal/kq/
	$(GO) $(STATICCHECK) ./...
	@set -e; for module in $(NESTED); do \
		echo "$(GO) -C $$module vet ./... and staticcheck"; \
		$(GO) -C $$module vet ./...; \
		$(GO) -C $$module $(STATICCHECK) ./...; \
	done
	@if $(GO) help fix | grep -q -e -diff; then set -e; for module in . $(NESTED); do \
		echo "$(GO) -C $$module fix -diff ./..."; $(GO) -C $$module fix -diff ./...; \
	done; else echo "skipped: go fix of $$($(GO) env GOVERSION) has no -diff"; fi
	@set -e; for module in . internal/tools $(NESTED); do \
		echo "$(GO) -C $$module mod tidy -diff"; $(GO) -C $$module mod tidy -diff; \
	done
	$(GO) test -count=1 ./internal/repotest/

.PHONY: cross
cross: ## vet and build the library and its tests for each of PLATFORMS
	@set -e; out=$$(mktemp -d); trap 'rm -rf "$$out"' EXIT; for platform in $(PLATFORMS); do \
		echo "$$platform"; \
		export CGO_ENABLED=0 GOOS=$${platform%/*} GOARCH=$${platform#*/}; \
		$(GO) vet ./...; \
		$(GO) test -c -o "$$out/" $(CROSS_TESTS); \
	done; \
	for platform in $(BUILDS); do \
		echo "$$platform"; \
		GOOS=$${platform%/*} GOARCH=$${platform#*/} $(GO) build ./...; \
	done

.PHONY: generate
generate: ## write what is generated: the forms of the operations in package await
	$(GO) generate ./...

.PHONY: fmt
fmt: ## format the code and bring it up to date
	$(GOFMT) -w .
	@set -e; for module in . $(NESTED); do $(GO) -C $$module fix ./...; done
