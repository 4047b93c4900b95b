# Small helpers that the other scripts share; to be sourced, not run.
# shellcheck shell=bash

say() { printf '%s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# True where a machine, not a person, is watching.
in_ci() { [[ -n "${CI:-}" && "${CI}" != false && "${CI}" != 0 ]]; }

has_nextest() { cargo nextest --version >/dev/null 2>&1; }

# In CI the lock file must already say what is built.
# shellcheck disable=SC2034
locked=()
if in_ci; then locked=(--locked); fi
