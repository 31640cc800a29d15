SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

web       := api/web
installed := $(web)/node_modules/.installed
manifest  := $(web)/dist/manifest.json
web_files := $(wildcard $(web)/*.mjs $(web)/*.json) $(shell find $(web)/src -type f 2>/dev/null)
version   := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
go_tool   := go tool -modfile=tools/go.mod
# Modules of their own below this one: what their tests need never becomes a dependency of the product.
nested    := $(patsubst %/go.mod,%,$(shell find internal -name go.mod -not -path '*/node_modules/*'))
# The detector spends half its time in SQLite's code as translated from C, which is not ours to mend. That package alone goes
# unwatched, not all of modernc.org: libc's mutexes tell the detector what happened before what in our own code.
unwatched := -gcflags=modernc.org/sqlite/lib=-race=false
# Read and write one text, workbook or picture at a time, or start the program and read what it says, and are up to ten times as slow when watched.
alone     := . ./api ./assessment/catalogue ./assessment/catalogue/workbook ./assessment/offline ./charts ./reports
# The tests of api in which requests meet. The others ask one thing after the other, and have nothing to be watched.
meeting   := AtOnce|Concurrent|Follow|Stream|Screen|Drawing|Replay|Limits|Open|Flood
go_test   := ./scripts/in-memory go test -vet=off -count=1 -timeout 15m

.PHONY: help run build bundle test lint vet staticcheck go-test race nested-test web-test browser-test bench fuzz fmt clean tools

help: ## show what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## serve the demo region at http://127.0.0.1:8080, database under ./data
	@exec ./bin/helhet serve --demo --data ./data

build: bundle ## build bin/helhet, with the front end in it
	@./scripts/require go
	go build -ldflags '-X main.version=$(version)' -o bin/helhet .

bundle: $(manifest)

$(installed): $(web)/package.json $(web)/package-lock.json
	@./scripts/require node
	cd $(web) && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(manifest): $(installed) $(web_files)
	cd $(web) && npm run --silent build
	@touch $@

# Of lint only what go-test does not do again.
test: tools ## do all set-up and run every test
	@$(MAKE) --no-print-directory bundle vet staticcheck go-test nested-test web-test browser-test

tools:
	@./scripts/require go node gcc
	@./scripts/test-packages

lint: vet staticcheck ## vet, staticcheck, and the table of imports in docs/architecture.md
	go test -count=1 -run 'TestImports|TestDependencies' .

vet:
	go vet ./...

staticcheck:
	$(go_tool) staticcheck ./...

go-test: bundle
	$(go_test) -race '$(unwatched)' $$(go list ./... | grep -vxF "$$(go list $(alone))")
	$(go_test) -race '$(unwatched)' -run '$(meeting)' ./api
	$(go_test) $(alone)

race: bundle ## every Go test under the race detector, half an hour: before a release, and after a change to what runs at the same time
	go test -race '$(unwatched)' -vet=off -count=1 -timeout 60m ./...

nested-test:
	@for module in $(nested); do \
		echo "cd $$module && go vet ./... && go test ./..."; \
		(cd $$module && go vet ./... && go test -count=1 ./...); \
	done

web-test: bundle
	cd $(web) && npm run --silent check && npm test --silent

browser-test: build ## walk the whole job in a real, headless Chromium
	@./scripts/test-packages
	cd $(web) && ../../scripts/in-memory npm run --silent browser-test

bench: build ## the numbers of docs/performance.md: both sizes, with the bare engine beside
	go run ./bench

fuzz_time ?= 20s

fuzz: ## fuzz each target for fuzz_time (20s): before a release, and after a change to what reads bytes from outside
	@git grep -o 'func Fuzz[A-Za-z0-9]*' -- '*_test.go' | while IFS=: read -r file name; do \
		echo "== $$file $${name#func }"; \
		go test -run '^$$' -fuzz "^$${name#func }\$$" -fuzztime $(fuzz_time) -parallel 1 "./$$(dirname "$$file")"; \
	done

fmt: ## format the Go code
	gofmt -l -w $$(git ls-files '*.go')

clean: ## remove what was built; the database under ./data stays
	rm -rf bin $(web)/node_modules coverage.out
	find $(web)/dist -mindepth 1 -not -name .gitignore -delete
