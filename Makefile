# make run: try it. make test: everything that must pass before a commit.
SHELL := /bin/bash
TEST := swift test --disable-xctest
# An import that Package.swift does not declare is an error.
IMPORTS := --explicit-target-dependency-import-check error

.PHONY: run install build test lint sanitize clean

run: install ## simulator, gateway and the first page; ONCE=1 ends after the page
	@swift build --configuration release --product release-gateway
	@swift build --configuration release --product cce-simulator
	@ONCE=$(ONCE) Scripts/run "$$(swift build --configuration release --show-bin-path)"

install: ## what is missing, with apt
	@Scripts/install

build: install
	@swift build --build-tests $(IMPORTS)

test: build ## all tests, and lint
	@$(TEST) --skip-build
	@$(MAKE) --no-print-directory lint

lint: ## format, and words that may not stand in some places
	@Scripts/lint && echo "Lint: nothing found"

sanitize: install ## all tests under the thread sanitizer, then under the address sanitizer
	@$(TEST) --sanitize=thread --scratch-path .build-tsan
	@LSAN_OPTIONS=suppressions=$(CURDIR)/Tests/lsan.supp $(TEST) --sanitize=address --scratch-path .build-asan

clean:
	@rm -rf .build .build-tsan .build-asan
