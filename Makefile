# Every command that a developer, or CI, runs. `make` alone lists those of a day.

# `make run` shares its build with `make test`; PROFILE=release makes the server faster, and the first build slower.
PROFILE ?= dev
cargo_flags := $(if $(filter-out false 0,$(CI)),--locked)

.DEFAULT_GOAL := help
.PHONY: help help-all setup run check test-one test fmt web unit lint doc gen bench soak mutants pg-shell clean

# What a day needs is marked with ##!, the rest with ##.
help:
	@awk -F ':.*##! ' '/^[a-z-]+:.*##! / { printf "  make %-9s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  make help-all   list the rest: web, lint, doc, gen, bench …"

help-all: ## list every command
	@awk -F ':.*##!? ' '/^[a-z-]+:.*##!? / { printf "  make %-9s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ##! install what building, testing and linting need
	@scripts/setup.sh all
	@echo "Everything is here."

run: ##! run the demo on embedded SQLite; ARGS="--seed 7" for its options
	@scripts/setup.sh run
	@if scripts/web.sh can 2>/dev/null; then scripts/web.sh build; fi
	cargo run $(cargo_flags) --profile $(PROFILE) --bin tepai -- demo $(ARGS)

check: ##! check format, Clippy, the console's types, and the unit tests of both: before each commit
	@scripts/lint.sh fmt clippy
	@$(MAKE) --no-print-directory unit
	@if [ -d web/node_modules ]; then npm --prefix web run --silent check && npm --prefix web run --silent unit; \
	else echo "The console was not checked: its packages are not installed (make web)."; fi

test-one: ##! run the tests whose name contains T, on both databases: make test-one T=push_replayed
	@test -n "$(T)" || { echo "Which test? make test-one T=part_of_its_name"; exit 2; }
	@scripts/test.sh "$(T)"

test: ##! check and test everything, on SQLite and on a throw-away PostgreSQL
	@scripts/test.sh

fmt: ##! format the code
	cargo fmt --all

web: ## build the console's pages; the next `cargo build` embeds them
	@scripts/web.sh build

unit: ## run the tests of Rust that need no database
	@if cargo nextest --version >/dev/null 2>&1; then cargo nextest run $(cargo_flags) --workspace --lib --bins; \
	else cargo test $(cargo_flags) --workspace --lib --bins; fi

lint: ## check format, Clippy, licences, sources, advisories, unused dependencies
	@scripts/lint.sh fmt clippy deny unused

doc: ## build the API documentation of the crates
	@scripts/lint.sh doc

gen: ## write the generated parts of mobile-client-spec anew
	@cargo run $(cargo_flags) --quiet -p tepai-sync-protocol --example specification -- mobile-client-spec
	@new=$$(mktemp) && trap 'rm -f "$$new"' EXIT && \
	cargo run $(cargo_flags) --quiet --bin tepai -- openapi > "$$new" && \
	cat "$$new" > mobile-client-spec/openapi.json && echo "mobile-client-spec is up to date"
	@if scripts/web.sh can 2>/dev/null && [ -d web/node_modules ]; then npm --prefix web run --silent gen && echo "web/shared/api is up to date"; fi

bench: ## measure, each figure beside its floor
	cargo build $(cargo_flags) --release --bin tepai --bin bench
	scripts/postgres.sh with --durable cargo run $(cargo_flags) --release --bin bench -- $(ARGS)

soak: ## play ten thousand seeds of the convergence suite on each database; SEEDS=500 for fewer
	cargo build $(cargo_flags) --release --bin tepai
	TEPAI_SEEDS=$(or $(SEEDS),10000) scripts/postgres.sh with \
	cargo nextest run $(cargo_flags) --release -p tepai-tests -E 'test(/convergence::.*heavy_|mass_reconnect::/)' --profile soak

mutants: ## break the server on purpose, one promise at a time; a test must notice each
	@scripts/mutants.sh

pg-shell: ## open psql on a throw-away PostgreSQL
	@scripts/postgres.sh with sh -c 'psql "$$TEPAI_TEST_POSTGRES_URL"'

clean: ## remove what was built
	cargo clean
	rm -rf web/node_modules web/dist/console
