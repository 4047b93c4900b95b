#!/usr/bin/env bash
# Checks and tests everything on SQLite and on a throw-away PostgreSQL, and says how much ran on each.
#
#   scripts/test.sh            all checks, all tests, doc tests
#   scripts/test.sh FILTER     only the integration tests whose name contains FILTER; if there is none, the unit tests
#
# Every database test exists twice, in a module `sqlite` and in a module `postgres`; a test without its twin is a
# failure, so that nothing is left out on one of the two in silence. The last line is the sum; a failed check counts
# as one failure in it.
#
# TEPAI_TEST_POSTGRES_URL   use this server instead of a throw-away one
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly filter=${1:-}
readonly of_sqlite='(^|::)sqlite::' of_postgres='(^|::)postgres::'
work=$(mktemp -d "${TMPDIR:-/tmp}/tepai-test.XXXXXX")
cluster=
finish() {
  if [[ -n "$cluster" ]]; then scripts/postgres.sh stop "$cluster"; fi
  rm -rf "$work"
}
trap finish EXIT
# Without this, a test run that Ctrl-C ended would be taken for one that failed.
trap 'exit 130' INT

report=()  # one line per step, printed at the end
problems=0 # failed steps that are not tests

# Runs one step to its end whatever comes of it: one run shows everything there is to mend.
step() {
  local name=$1 start=$SECONDS
  shift
  say "── $name"
  if "$@"; then
    report+=("$(printf '%-8s ok      %5d s' "$name" $((SECONDS - start)))")
  else
    report+=("$(printf '%-8s FAILED  %5d s' "$name" $((SECONDS - start)))")
    return 1
  fi
}

start_postgres() {
  local status=0
  if [[ -n "${TEPAI_TEST_POSTGRES_URL:-}" ]]; then return; fi
  cluster=$(scripts/postgres.sh start --owner $$) || status=$?
  case $status in
    0)
      TEPAI_TEST_POSTGRES_URL=$(scripts/postgres.sh url "$cluster")
      export TEPAI_TEST_POSTGRES_URL
      ;;
    3) cluster= ;;
    *) exit "$status" ;;
  esac
}

# How many transactions the throw-away server has written so far; nothing where nobody can say.
transactions_written() {
  if [[ -n "$cluster" ]]; then
    "$(<"$cluster/bin")/psql" "$TEPAI_TEST_POSTGRES_URL" -X -A -t -c 'SELECT pg_current_xact_id()' 2>/dev/null || true
  fi
}

# With a filter it builds what the integration tests need and nothing else. `--workspace` stays, so that every
# dependency keeps the features that it has in a full run and is not built again.
run_nextest() {
  local status=0
  if [[ -z "$filter" ]]; then
    cargo nextest run "${locked[@]}" --workspace "$@" --no-tests pass
    return
  fi
  cargo nextest run "${locked[@]}" --workspace --test it "$@" --no-tests fail || status=$?
  # nextest's code for "no tests to run".
  if [[ $status != 4 ]]; then return "$status"; fi
  say "No integration test has \"$filter\" in its name; these are the unit tests that have."
  cargo nextest run "${locked[@]}" --workspace --lib --bins "$@" --no-tests fail
}

# Tests that would need a server we do not have are left out, not passed.
run_tests() {
  local options=()
  # Some tests start the real binary as processes of their own.
  cargo build "${locked[@]}" --bin tepai || return 1
  if has_nextest; then
    # A file of this run's own: two runs may share a target directory.
    printf '[profile.default.junit]\npath = "%s"\n' "$work/junit.xml" >"$work/nextest.toml"
    options=(--tool-config-file "tepai:$work/nextest.toml")
    # Progress is for a terminal; a log only needs the failures and the sum.
    if [[ ! -t 2 ]]; then options+=(--status-level fail --final-status-level fail --show-progress none); fi
    if [[ -n "$filter" ]]; then options+=("$filter"); fi
    if [[ -z "${TEPAI_TEST_POSTGRES_URL:-}" ]]; then options+=(-E "not test(/$of_postgres/)"); fi
    run_nextest "${options[@]}"
  else
    if [[ -n "$filter" ]]; then options+=("$filter"); fi
    if [[ -z "${TEPAI_TEST_POSTGRES_URL:-}" ]]; then options+=(--skip postgres::); fi
    cargo test "${locked[@]}" --workspace --lib --bins --tests --no-fail-fast -- "${options[@]}" 2>&1 |
      tee "$work/plain.txt" >&2
  fi
}

run_doc_tests() {
  cargo test "${locked[@]}" --workspace --doc --no-fail-fast 2>&1 | tee "$work/doc.txt" >&2
}

browser_tests() {
  TEPAI_CHROMIUM=$(find_chromium) TEPAI_BIN=$(target_dir)/debug/tepai scripts/web.sh browser "$work"
}

# What cannot run here is said at the end, too; in CI it is a failure.
skipped() {
  report+=("SKIPPED, NOTHING WAS TESTED: $1")
  if in_ci; then problems=$((problems + 1)); fi
}

count() { awk -v result="$1" -v pattern="${2:-.}" '$1 == result && $3 ~ pattern' "$3" | wc -l; }

if [[ -z "$filter" ]]; then scripts/setup.sh test; else scripts/setup.sh test-one; fi
start_postgres

# The console comes first, so that the binary of the tests carries it.
web_ok=true
if [[ -z "$filter" ]]; then
  if scripts/web.sh can; then
    step web scripts/web.sh check || problems=$((problems + 1))
    step pages scripts/web.sh build || problems=$((problems + 1))
    step units scripts/web.sh unit "$work" || web_ok=false
  else
    skipped "the console: Node.js is missing"
  fi
  step format scripts/lint.sh fmt || problems=$((problems + 1))
  if ! step clippy scripts/lint.sh clippy; then
    problems=$((problems + 1))
    # What does not compile would only say so twice more.
    cargo check "${locked[@]}" --quiet --workspace --all-targets >/dev/null 2>&1 || fail "It does not compile; the tests did not run."
  fi
  step docs scripts/lint.sh doc || problems=$((problems + 1))
  if has_deny; then
    step licences scripts/lint.sh deny || problems=$((problems + 1))
  else
    report+=("licences skipped: cargo-deny is not installed (make setup)")
  fi
fi

written_before=$(transactions_written)
tests_ok=true
step tests run_tests || tests_ok=false
written_after=$(transactions_written)
if [[ -z "$filter" ]]; then
  step doctests run_doc_tests || tests_ok=false
  if [[ -z "$(find_chromium)" ]]; then
    skipped "the console in a browser: Chromium is missing"
  elif scripts/web.sh can 2>/dev/null; then
    step browser browser_tests || web_ok=false
  fi
fi

for file in junit.xml plain.txt doc.txt web-unit.xml web-browser.xml; do
  if [[ -f "$work/$file" ]]; then awk -f scripts/count-tests.awk "$work/$file"; fi
done >"$work/results"
# Only the integration tests promise twins; a unit test may live in any module.
awk '$2 ~ /^(tepai-tests(::.*)?|it)$/' "$work/results" >"$work/integration"

passed=$(count passed . "$work/results")
failed=$(count failed . "$work/results")
sqlite_passed=$(count passed "$of_sqlite" "$work/integration")
sqlite_failed=$(count failed "$of_sqlite" "$work/integration")
postgres_passed=$(count passed "$of_postgres" "$work/integration")
postgres_failed=$(count failed "$of_postgres" "$work/integration")

problem() {
  problems=$((problems + 1))
  report+=("$*")
}

if [[ $tests_ok == false && $failed == 0 ]]; then problem "The tests did not run to their end."; fi
if [[ $web_ok == false && $failed == 0 ]]; then problem "The console's tests did not run to their end."; fi

if [[ -n "${TEPAI_TEST_POSTGRES_URL:-}" ]]; then
  if [[ -z "$filter" && -s "$work/integration" ]]; then
    if [[ $((sqlite_passed + sqlite_failed)) == 0 || $((postgres_passed + postgres_failed)) == 0 ]]; then
      problem "There are integration tests, but none on one of the databases."
    fi
    twinless=$(
      awk '$1 != "ignored" { print $3 }' "$work/integration" | grep -E "$of_sqlite|$of_postgres" |
        awk '{ twin = $0; sub(/sqlite::/, "DB::", twin); sub(/postgres::/, "DB::", twin); seen[twin]++; name[twin] = $0 }
             END { for (twin in seen) if (seen[twin] != 2) print "  " name[twin] }' | sort
    ) || true
    if [[ -n "$twinless" ]]; then
      problem "These tests ran on one database only:"$'\n'"$(head -n 20 <<<"$twinless")"
    fi
  fi
  # A test that calls itself a PostgreSQL test and never writes to the server is not one.
  if [[ -n "$written_before" && -n "$written_after" && $((written_after - written_before)) -lt $postgres_passed ]]; then
    problem "The PostgreSQL tests wrote $((written_after - written_before)) transactions: they did not all use the server."
  fi
elif in_ci; then
  problem "PostgreSQL: SKIPPED, and in CI that is a failure"
fi

if [[ -z "$filter" && -f "$work/junit.xml" ]]; then
  say "── the slowest ten tests"
  awk -f scripts/slowest-tests.awk "$work/junit.xml" | sort --general-numeric-sort --reverse | head -n 10 >&2 || true
fi

say "──"
printf '%s\n' "${report[@]}"
# The end of a long log is what people see first.
awk '$1 == "failed" && ++listed <= 20 { $1 = "FAILED  "; print }' "$work/results"
echo "sqlite: $sqlite_passed passed, $sqlite_failed failed"
if [[ -n "${TEPAI_TEST_POSTGRES_URL:-}" ]]; then
  echo "postgres: $postgres_passed passed, $postgres_failed failed"
else
  echo "PostgreSQL: SKIPPED, NOTHING WAS TESTED ON IT. Please run: sudo apt-get install postgresql"
fi
echo "$passed passed, $((failed + problems)) failed"
[[ $((failed + problems)) == 0 ]]
