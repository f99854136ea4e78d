# make run: try it. make test: everything that must pass before a commit.
SHELL := /bin/bash
# One at a time: a test that computes would hold up those that wait for a socket, on as many threads as there are cores.
TEST := swift test --disable-xctest --no-parallel
# An import that Package.swift does not declare is an error.
IMPORTS := --explicit-target-dependency-import-check error
RELEASE := .build/release
# What is measured and checked is what the image holds: no Swift library beside the binary.
STATIC := --configuration release --static-swift-stdlib
# helm/check-chart makes it; the chart's other scripts run in it.
CHART_PYTHON := .venv-chart/bin/python

.PHONY: run release install build test lint sanitize interop bench bench-check chaos chaos-short soak fuzz docs check-chart \
  check-metrics image-check clean

run: install release ## simulator, gateway and the first page; ONCE=1 ends after the page
	@ONCE=$(ONCE) Scripts/run "$(RELEASE)"

release: install
	@swift build $(STATIC) --product release-gateway
	@swift build $(STATIC) --product cce-simulator
	@swift build $(STATIC) --product gateway-bench

install: ## what is missing, with apt
	@Scripts/install

build: install
	@swift build --build-tests $(IMPORTS)

test: build ## all tests, and lint
	@$(TEST) --skip-build
	@$(MAKE) --no-print-directory lint

lint: ## format, and words that may not stand in some places
	@Scripts/lint && echo "Lint: nothing found"

# Random cases and rounds are fewer: what a sanitizer sees, it sees in the first of them.
SANITIZED := RELEASE_GATEWAY_RUNS=150 RELEASE_GATEWAY_SIGTERMS=10 $(TEST)
# What is freed is kept back for 8 MB and no longer: a test looks at the memory that an export takes.
ASAN := ASAN_OPTIONS=quarantine_size_mb=8 LSAN_OPTIONS=suppressions=$(CURDIR)/Tests/lsan.supp
sanitize: install ## all tests under the thread sanitizer, then under the address sanitizer
	@$(SANITIZED) --sanitize=thread --scratch-path .build-tsan
	@$(ASAN) $(SANITIZED) --sanitize=address --scratch-path .build-asan

interop: install release ## signatures, credentials and OpenAPI document against the cloud's SDK and public validators, from PyPI
	@Scripts/install python3 python3-venv
	@Scripts/interop "$(RELEASE)"

docs: install release $(CHART_PYTHON) ## docs/config.md, the chart's schema and its README, from what they describe
	@Scripts/config-docs $(RELEASE)
	@Scripts/chart-schema $(RELEASE)
	@$(CHART_PYTHON) Scripts/chart-readme

$(CHART_PYTHON): # there is no such chart, but the environment is made before that is seen
	@Scripts/install python3 python3-venv
	@helm/check-chart nowhere >/dev/null || test -x $@

check-chart: install release ## the chart by the real Helm engine, what it renders by the gateway, its alerts by promtool
	@Scripts/install python3 python3-venv prometheus
	@Scripts/config-docs $(RELEASE) --check
	@Scripts/chart-schema $(RELEASE) --check
	@helm/check-chart
	@$(CHART_PYTHON) Scripts/chart-readme --check
	@$(CHART_PYTHON) Scripts/chart-tests $(RELEASE)

image-check: install release ## what the image holds: as its user, under a read-only root, as pid 1; and the Dockerfile's steps
	@Scripts/install python3 binutils bubblewrap buildah crun
	@Scripts/image-check $(RELEASE)

check-metrics: install release ## the metrics of a running gateway by promtool and by the Prometheus client's parsers
	@Scripts/install python3 python3-venv prometheus
	@Scripts/python-venv
	@.venv-interop/bin/python Scripts/check-metrics "$(RELEASE)"

bench: install release ## what the gateway costs beside plain programs doing the same; ratios, never bare times
	@Scripts/install wrk libsqlite3-0
	@failed=0; for question in fan-out "fan-out --values drop" pages query publish latency ingest memory; do \
	  $(RELEASE)/gateway-bench $$question || failed=1; done; exit $$failed

bench-check: install release ## the same against the limits kept in the tree: what has become worse
	@mkdir -p .build && { $(MAKE) --no-print-directory bench || true; } | tee .build/bench.out
	@Scripts/bench-check .build/bench.out

# Each prints the count of its rounds; none at all is a failure too.
chaos: build release ## 1,000 times SIGTERM; rolling 100 times behind HAProxy; kill, stop, reload, little memory; an hour
	@Scripts/install python3 haproxy
	@Scripts/chaos $(RELEASE) --long
	@set -o pipefail; RELEASE_GATEWAY_SIGTERMS=1000 $(TEST) --skip-build --filter FaultTests.SigtermTests 2>&1 | \
	  awk '{ print; fflush() } /^SIGTERM .* passed, .* failed$$/ { passed += $$(NF - 3); failed += $$(NF - 1) } \
	    END { print passed + 0 " passed, " failed + 0 " failed"; exit !passed || failed }'

chaos-short: install release ## the same with fewer rounds and without SIGTERM, which `make test` has: a minute and a half
	@Scripts/install python3 haproxy
	@Scripts/chaos $(RELEASE)

# A short one sees what grows with each request; a long one also what grows with time.
SOAK_SECONDS ?= 1800
soak: install release ## mixed load and faults for SOAK_SECONDS: slopes of memory and descriptors
	@Scripts/install python3
	@SOAK_SECONDS=$(SOAK_SECONDS) Scripts/chaos $(RELEASE) soak

# Texts of filters and of all other parameters of /releases. What is found new is kept, to begin with the next time.
FUZZ_SECONDS ?= 300
fuzz: install ## libFuzzer on the parsers of questions, FUZZ_SECONDS long
	@RELEASE_GATEWAY_FUZZ=1 swift build --configuration release --product filter-fuzzer --sanitize=fuzzer \
	  --scratch-path .build-fuzz
	@mkdir -p .build-fuzz/corpus
	@.build-fuzz/release/filter-fuzzer -dict=Tests/Fuzz/filter.dict -max_total_time=$(FUZZ_SECONDS) -max_len=4200 \
	  -timeout=5 -print_final_stats=1 -artifact_prefix=.build-fuzz/ .build-fuzz/corpus

clean:
	@rm -rf .build .build-tsan .build-asan .build-fuzz
