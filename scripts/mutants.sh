#!/usr/bin/env bash
# Breaks the server on purpose, one promise at a time, and shows that a test notices.
#
#   scripts/mutants.sh          every patch of tests/mutants
#   scripts/mutants.sh NAME     that one
#
# Each patch says in its first lines what it breaks and which tests must fail of it. They run on a copy; a patch that
# no test notices is a failure.
set -euo pipefail
# shellcheck disable=SC2206
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD

if [[ -z "${TEPAI_TEST_POSTGRES_URL:-}" ]]; then
  exec scripts/postgres.sh with "$0" "$@"
fi

copy=$(mktemp -d "${TMPDIR:-/tmp}/tepai-mutant.XXXXXX")
finish() {
  git worktree remove --force "$copy/tepai" 2>/dev/null || true
  rm -rf "$copy"
}
trap finish EXIT
git worktree add --quiet --detach "$copy/tepai" HEAD
# A folder of its own: Cargo takes what it built of one copy for what it would build of the other.
export CARGO_TARGET_DIR=${TEPAI_MUTANTS_TARGET:-$root/target/mutants} TEPAI_SEEDS=${TEPAI_SEEDS:-24}

survived=()
shopt -s nullglob
patches=(tests/mutants/${1:-*}.patch)
((${#patches[@]})) || fail "There is no tests/mutants/${1:-*}.patch"
for patch in "${patches[@]}"; do
  name=$(basename "$patch" .patch)
  filter=$(sed -n 's/^caught by: //p' "$patch")
  say "── $name: $(head -n 1 "$patch")"
  git -C "$copy/tepai" apply "$root/$patch"
  if (cd "$copy/tepai" && cargo nextest run --no-run -p tepai-tests --test it >"$copy/log" 2>&1); then
    if (cd "$copy/tepai" && cargo nextest run -p tepai-tests --test it -E "$filter" >"$copy/log" 2>&1); then
      survived+=("$name")
      say "   NOT NOTICED by $filter"
    else
      grep -E '^ *Summary \[' "$copy/log" | head -n 1
    fi
  else
    survived+=("$name")
    say "   does not compile:"
    tail -n 20 "$copy/log"
  fi
  git -C "$copy/tepai" checkout --quiet -- .
done
if ((${#survived[@]})); then
  say "Not noticed: ${survived[*]}"
  exit 1
fi
say "Every mutant was noticed."
