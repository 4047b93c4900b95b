#!/usr/bin/env bash
# Installs what is missing, as far as it may; says what to install otherwise. Silent when nothing is missing.
#
#   scripts/setup.sh run       what `make run` needs: Rust and a C compiler (for SQLite and zstd); Node.js for the console,
#                              without which the server says that there is none
#   scripts/setup.sh test-one  what one test needs: Rust, a C compiler, the PostgreSQL server
#   scripts/setup.sh test      besides: rustfmt, Clippy, the PostgreSQL server, Chromium (optional outside CI), and programs
#                              that read reports (LibreOffice, GDAL)
#   scripts/setup.sh all       besides: cargo-deny and cargo-machete for `make lint`, built from source in some minutes
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Prints the prefix that makes a command run as root; fails if there is none.
# Without a terminal nobody can type a password.
root_prefix() {
  if [[ "$(id -u)" == 0 ]]; then echo env
  elif have sudo && { sudo -n true 2>/dev/null || [[ -t 0 ]]; }; then echo sudo
  else return 1
  fi
}

apt_install() {
  local root log
  have apt-get && root=$(root_prefix) || return 1
  if [[ "$root" == sudo ]]; then sudo -v || return 1; fi
  say "Installing $* with apt-get …"
  log=$(mktemp)
  if ! {
    "$root" apt-get -qq update &&
      "$root" env DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends \
        -o DPkg::Lock::Timeout=300 "$@"
  } </dev/null >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
}

need_rust() {
  local wanted found
  have cargo || fail "Rust is missing. Please install it from https://rustup.rs (or open a new shell if you just did)."
  wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
  found=$(rustc --version | cut -d ' ' -f 2)
  if [[ "$(printf '%s\n' "$wanted" "${found%%-*}" | sort --version-sort | head -n 1)" != "$wanted" ]]; then
    fail "Rust $wanted or newer is needed, and this is $found. Please run: rustup update"
  fi
}

need_c_compiler() {
  have cc || apt_install gcc libc6-dev || true
  have cc || fail "A C compiler is missing. Please run: sudo apt-get install gcc libc6-dev"
}

need_rust_tools() {
  local missing=()
  cargo fmt --version >/dev/null 2>&1 || missing+=(rustfmt)
  cargo clippy --version >/dev/null 2>&1 || missing+=(clippy)
  [[ ${#missing[@]} -gt 0 ]] || return 0
  have rustup || fail "Please install ${missing[*]} for your Rust toolchain."
  rustup component add "${missing[@]}" </dev/null
}

# They read the dependencies; nothing that builds or tests needs them.
want_lint_tools() {
  local missing=()
  has_deny || missing+=(cargo-deny)
  has_machete || missing+=(cargo-machete)
  [[ ${#missing[@]} -gt 0 ]] || return 0
  say "Building ${missing[*]}; this takes some minutes …"
  cargo install --locked --quiet "${missing[@]}" </dev/null ||
    say "\`make lint\` leaves out what they check. Please run: cargo install --locked ${missing[*]}"
}

want_postgres() {
  [[ -n "$(find_postgres)" ]] || apt_install postgresql || true
  [[ -n "$(find_postgres)" ]] || say "PostgreSQL is missing, so the tests on it cannot run. Please run: sudo apt-get install postgresql"
}

# Programs of others that read what goes out, and the letters that they print it in.
want_readers() {
  local missing=()
  have soffice || missing+=(libreoffice-core libreoffice-calc)
  have ogr2ogr || missing+=(gdal-bin)
  have pdftoppm || missing+=(poppler-utils)
  [[ -n "$(fc-list :lang=zh 2>/dev/null)" ]] || missing+=(fontconfig fonts-noto-cjk)
  [[ ${#missing[@]} -gt 0 ]] || return 0
  apt_install "${missing[@]}" || true
  have soffice && have ogr2ogr && have pdftoppm ||
    say "Some programs that read reports are missing, so their tests are skipped. Please run: sudo apt-get install ${missing[*]}"
}

want_node() {
  scripts/web.sh can || say "Without it everything works but the console."
}

# The fonts are for the pictures that the tests keep.
want_chromium() {
  [[ -n "$(find_chromium)" ]] || apt_install chromium fonts-noto-cjk || true
  [[ -n "$(find_chromium)" ]] || say "Chromium is missing, so the console's tests cannot run. Please run: sudo apt-get install chromium"
}

for_tests() {
  need_rust
  need_c_compiler
  need_rust_tools
  want_postgres
  want_readers
  want_node
  want_chromium
}

case ${1:-} in
  run) need_rust; need_c_compiler; want_node ;;
  test-one) need_rust; need_c_compiler; want_postgres ;;
  test) for_tests ;;
  all) for_tests; want_lint_tools ;;
  *) fail "usage: scripts/setup.sh run|test-one|test|all" ;;
esac
