#!/usr/bin/env bash
# The checks that need no test to run. Without an argument all of them, each to its end.
#
#   scripts/lint.sh [fmt|clippy|doc|deny]…
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$(dirname "${BASH_SOURCE[0]}")/.."

check() {
  case $1 in
    fmt) cargo fmt --all --check ;;
    clippy) cargo clippy "${locked[@]}" --workspace --all-targets -- -D warnings ;;
    doc) RUSTDOCFLAGS="-D warnings" cargo doc "${locked[@]}" --workspace --no-deps --document-private-items ;;
    deny)
      if has_deny; then
        cargo deny --log-level error check bans licenses sources
      else
        say "cargo-deny: skipped, it is not installed (cargo install cargo-deny --locked)"
      fi
      ;;
    *) fail "lint.sh: there is no check named $1" ;;
  esac
}

[[ $# -gt 0 ]] || set -- fmt clippy deny
failed=()
for name in "$@"; do
  check "$name" || failed+=("$name")
done
[[ ${#failed[@]} == 0 ]] || { [[ $# == 1 ]] || say "failed: ${failed[*]}"; exit 1; }
