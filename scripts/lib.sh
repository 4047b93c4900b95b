# Small helpers that the other scripts share; to be sourced, not run.
# shellcheck shell=bash
# shellcheck disable=SC2034

say() { printf '%s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# True where a machine, not a person, is watching.
in_ci() { [[ -n "${CI:-}" && "${CI}" != false && "${CI}" != 0 ]]; }

has_nextest() { cargo nextest --version >/dev/null 2>&1; }
has_deny() { cargo deny --version >/dev/null 2>&1; }
has_machete() { have cargo-machete; }

# The directory of the newest PostgreSQL server that is installed, or nothing. PG_BIN chooses another.
find_postgres() {
  local dir
  while read -r dir; do
    if [[ -x "$dir/initdb" && -x "$dir/postgres" && -x "$dir/pg_ctl" ]]; then
      printf '%s\n' "$dir"
      return
    fi
  done < <(
    if [[ -n "${PG_BIN:-}" ]]; then
      printf '%s\n' "$PG_BIN"
    else
      printf '%s\n' /usr/lib/postgresql/*/bin | sort --version-sort --reverse
      if have pg_config; then pg_config --bindir; fi
      if have initdb; then dirname "$(command -v initdb)"; fi
    fi
  )
}

# The browser of the console's tests, or nothing. TEPAI_CHROMIUM chooses another.
find_chromium() {
  local name
  for name in "${TEPAI_CHROMIUM:-}" chromium chromium-browser google-chrome; do
    if [[ -n "$name" ]] && have "$name"; then command -v "$name"; return; fi
  done
}

# Where cargo puts what it builds.
target_dir() {
  cargo metadata --format-version 1 --no-deps | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p'
}

# In CI the lock file must already say what is built.
locked=()
if in_ci; then locked=(--locked); fi
