#!/usr/bin/env bash
# The checks that need no test to run. Without an argument all of them, each to its end.
#
#   scripts/lint.sh [fmt|clippy|doc|deny|unused]…
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The list of known defects comes from the network, which not every machine has.
advisories() {
  local log
  if log=$(timeout 120 cargo deny --log-level error fetch db 2>&1); then
    cargo deny --log-level error check --disable-fetch advisories
  else
    say "ADVISORIES NOT CHECKED: the advisory database could not be fetched. Known defects of dependencies may be in the build."
    say "$(tail -n 3 <<<"$log")"
  fi
}

check() {
  case $1 in
    fmt) cargo fmt --all --check ;;
    clippy) cargo clippy "${locked[@]}" --workspace --all-targets -- -D warnings ;;
    doc) RUSTDOCFLAGS="-D warnings" cargo doc "${locked[@]}" --workspace --no-deps --document-private-items ;;
    deny)
      if has_deny; then
        cargo deny --log-level error check bans licenses sources && advisories
      else
        say "cargo-deny: skipped, it is not installed (make setup)"
      fi
      ;;
    unused)
      if has_machete; then
        cargo machete
      else
        say "cargo-machete: skipped, it is not installed (make setup)"
      fi
      ;;
    *) fail "lint.sh: there is no check named $1" ;;
  esac
}

[[ $# -gt 0 ]] || set -- fmt clippy deny unused
failed=()
for name in "$@"; do
  check "$name" || failed+=("$name")
done
[[ ${#failed[@]} == 0 ]] || { [[ $# == 1 ]] || say "failed: ${failed[*]}"; exit 1; }
