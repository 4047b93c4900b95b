#!/usr/bin/env bash
# The pages for browsers (`web/`), by their own tools. Node is needed here and nowhere else.
#
#   scripts/web.sh can              says nothing and succeeds where Node is new enough; else says what is missing, and fails
#   scripts/web.sh build            builds what changed into web/dist, where the next `cargo build` finds it
#   scripts/web.sh check            types, words, the generated client, the lock file
#   scripts/web.sh unit [DIR]       unit tests; JUnit goes to DIR
#   scripts/web.sh browser [DIR]    tests in Chromium against the binary that was built
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$(dirname "${BASH_SOURCE[0]}")/../web"

can_node() {
  local wanted found
  wanted=$(sed -n 's/.*"node": ">=\(.*\)".*/\1/p' package.json)
  if ! have node || ! have npm; then
    say "Node.js is missing. Please install Node.js $wanted or newer with npm from https://nodejs.org or your distribution."
    return 1
  fi
  found=$(node --version)
  if [[ "$(printf '%s\n' "$wanted" "${found#v}" | sort --version-sort | head -n 1)" != "$wanted" ]]; then
    say "Node.js $wanted or newer is needed, and this is ${found#v}."
    return 1
  fi
}

# What npm writes last says which lock file it installed.
install() {
  if [[ ! -e node_modules/.package-lock.json || package-lock.json -nt node_modules/.package-lock.json ]]; then
    say "Installing the packages of the pages …"
    npm ci --no-progress --loglevel error
    touch node_modules/.package-lock.json
  fi
}

# Whether anything that goes into the pages is newer than they are.
is_stale() {
  [[ ! -e dist/console/index.html.gz ]] ||
    [[ -n "$(find package-lock.json package.json console shared scripts -newer dist/console/index.html.gz -not -name '*.test.ts' -print -quit)" ]]
}

build() {
  install
  if is_stale; then npm run --silent build; fi
}

vitest() {
  local name=$1 reports=${2:-} options=()
  if [[ -n "$reports" ]]; then options=(--reporter=default --reporter=junit "--outputFile.junit=$reports/web-$name.xml"); fi
  npm run --silent "$name" -- "${options[@]}"
}

case ${1:-} in
  can) can_node ;;
  build) can_node; build ;;
  check) can_node; install; npm run --silent check ;;
  unit) can_node; install; vitest unit "${@:2}" ;;
  browser) can_node; install; vitest browser "${@:2}" ;;
  *) fail "usage: scripts/web.sh can|build|check|unit|browser" ;;
esac
