#!/usr/bin/env bash
# A throw-away PostgreSQL cluster of its own: a free port on 127.0.0.1, a directory under /tmp, removed at the end.
# Any number can run side by side. PostgreSQL refuses to run as root, so root hands it to another user.
#
#   dir=$(scripts/postgres.sh start [--durable] [--tls 1|3] [--owner PID])   exit 3 where it is not installed
#   scripts/postgres.sh url "$dir"
#   scripts/postgres.sh stop "$dir"
#   pid=$(scripts/postgres.sh pid "$dir")
#   scripts/postgres.sh kill "$pid"                          every process of the cluster at once, as when the power fails
#   scripts/postgres.sh restart "$dir"                       after that, at the same port
#   scripts/postgres.sh with [--durable] COMMAND…                starts, sets TEPAI_TEST_POSTGRES_URL, runs, stops
#
# --durable  keeps fsync on, for benchmarks
# --tls      offers TLS with a certificate of that version of X.509 for 127.0.0.1, signed by data/ca.crt; needs OpenSSL
# --owner    the next start sweeps the cluster away if that process has died without stopping it
# PG_BIN     the directory of initdb and postgres, to choose a version
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly prefix=tepai-postgres

# Who runs the server: the current user, or for root the first of these that exists.
server_user() {
  local name
  if [[ "$(id -u)" != 0 ]]; then id -un; return; fi
  for name in postgres nobody; do
    if id "$name" >/dev/null 2>&1; then printf '%s\n' "$name"; return; fi
  done
  return 1
}

# Runs a command as the user who owns the cluster in $1, from a directory that user can enter.
as_owner_of() (
  owner=$(stat -c %U "$1")
  shift
  cd /
  if [[ "$(id -un)" == "$owner" ]]; then "$@"; else runuser -u "$owner" -- "$@"; fi
)

is_cluster() { [[ "$(basename "$1")" == "$prefix".* && -f "$1/owner" ]]; }

# Under TMPDIR if the server may go there and a socket's path (at most 107 bytes) fits; else under /tmp.
make_dir() {
  local user=$1 base dir
  for base in "${TMPDIR:-/tmp}" /tmp; do
    [[ ${#base} -le 60 ]] || continue
    dir=$(mktemp -d "${base%/}/$prefix.XXXXXX") || continue
    chmod 700 "$dir"
    if [[ "$(id -u)" == 0 ]]; then chown "$user" "$dir"; fi
    if as_owner_of "$dir" test -w "$dir"; then printf '%s\n' "$dir"; return; fi
    rm -rf "$dir"
  done
  return 1
}

# An authority, and a certificate of it for 127.0.0.1. Extensions are what makes version 3.
make_certificates() {
  local version=$1
  openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 30 -subj '/CN=Tepai test authority'
  openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=127.0.0.1
  if [[ "$version" == 3 ]]; then
    echo subjectAltName=IP:127.0.0.1 >server.ext
    openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -set_serial 1 -days 30 -extfile server.ext -out server.crt
  else
    openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -set_serial 1 -days 30 -out server.crt
  fi
  chmod 600 server.key
  openssl x509 -in server.crt -noout -text | grep -q "Version: $version "
}

start() {
  local durable=off owner=- tls= bin user dir port attempt
  while [[ $# -gt 0 ]]; do
    case $1 in
      --durable) durable=on ;;
      --tls) tls=${2:?--tls needs a version}; shift ;;
      --owner) owner=${2:?--owner needs a process id}; shift ;;
      *) fail "postgres.sh start: unknown option $1" ;;
    esac
    shift
  done
  sweep

  bin=$(find_postgres)
  if [[ -z "$bin" ]]; then say "PostgreSQL's server is not installed"; exit 3; fi
  if [[ -n "$tls" ]] && ! have openssl; then say "OpenSSL is not installed"; exit 3; fi
  user=$(server_user) || { say "PostgreSQL does not run as root, and there is no other user to run it"; exit 3; }
  dir=$(make_dir "$user") || fail "PostgreSQL: no temporary directory that $user can write to"
  printf '%s\n' "$bin" >"$dir/bin"
  printf '%s %s\n' "$(uname -n)" "$owner" >"$dir/owner"

  if ! as_owner_of "$dir" "$bin/initdb" --pgdata="$dir/data" --username=postgres --auth=trust \
    --encoding=UTF8 --locale=C.UTF-8 --no-sync >"$dir/initdb.log" 2>&1; then
    cat "$dir/initdb.log" >&2
    rm -rf "$dir"
    fail "PostgreSQL: initdb failed"
  fi
  cat >>"$dir/data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = '$dir'
max_connections = $((30 * $(nproc) > 300 ? 30 * $(nproc) : 300))
fsync = $durable
full_page_writes = $durable
CONF
  if [[ -n "$tls" ]]; then
    if ! as_owner_of "$dir" bash -c "$(declare -f make_certificates); cd '$dir/data' && set -e && make_certificates $tls" \
      >"$dir/openssl.log" 2>&1; then
      cat "$dir/openssl.log" >&2
      rm -rf "$dir"
      fail "PostgreSQL: no certificate of version $tls"
    fi
    # The names of the files are PostgreSQL's defaults.
    echo 'ssl = on' >>"$dir/data/postgresql.conf"
  fi

  # Below the range that outgoing connections use. Two starts may pick the same port; the second one tries again.
  for attempt in {1..20}; do
    port=$((15000 + RANDOM % 17000))
    if as_owner_of "$dir" "$bin/pg_ctl" start -D "$dir/data" -o "-p $port" -l "$dir/server.log" -w -t 60 \
      >/dev/null 2>&1 </dev/null; then
      printf 'postgres://postgres@127.0.0.1:%s/postgres\n' "$port" >"$dir/url"
      printf '%s\n' "$dir"
      return
    fi
    grep -q 'Address already in use' "$dir/server.log" || break
  done
  tail -n 20 "$dir/server.log" >&2 || true
  stop "$dir"
  fail "PostgreSQL: did not start (attempt $attempt)"
}

# The cluster's processes end at once; its files may be out of reach.
kill_all() {
  local pid=${1:?which process?} pids attempt
  [[ "$(ps -o comm= -p "$pid")" == postgres* ]] || return 0
  pids=("$pid")
  mapfile -t -O 1 pids < <(ps -o pid= --ppid "$pid" | tr -d ' ')
  kill -KILL "${pids[@]}" 2>/dev/null || true
  for attempt in {1..100}; do
    # A process that nobody has reaped yet holds nothing any more.
    ps -o stat= -p "$(IFS=,; printf '%s' "${pids[*]}")" | grep -qv '^Z' || return 0
    sleep 0.1
  done
  fail "PostgreSQL: process $pid does not end ($attempt attempts)"
}

restart() {
  local dir=${1:?which directory?} port
  is_cluster "$dir" || fail "postgres.sh restart: $dir is not a cluster of ours"
  port=$(sed 's|.*:\([0-9]*\)/.*|\1|' "$dir/url")
  # Of a process that was killed; its number may be somebody else's by now.
  rm -f "$dir/data/postmaster.pid" "$dir"/.s.PGSQL.*
  if ! as_owner_of "$dir" "$(<"$dir/bin")/pg_ctl" start -D "$dir/data" -o "-p $port" -l "$dir/server.log" -w -t 60 \
    >/dev/null 2>&1 </dev/null; then
    tail -n 20 "$dir/server.log" >&2 || true
    fail "PostgreSQL: did not start again"
  fi
}

stop() {
  local dir=${1:?which directory?}
  is_cluster "$dir" || fail "postgres.sh stop: $dir is not a cluster of ours"
  if [[ -f "$dir/data/postmaster.pid" ]]; then
    as_owner_of "$dir" "$(<"$dir/bin")/pg_ctl" stop -D "$dir/data" -m immediate -w -t 60 >/dev/null 2>&1 || true
  fi
  rm -rf "$dir"
}

# Removes what a killed run left behind, on this machine and by a process that is gone.
sweep() {
  local dir machine owner
  for dir in "${TMPDIR:-/tmp}/$prefix".* "/tmp/$prefix".*; do
    is_cluster "$dir" || continue
    [[ -O "$dir" || "$(id -u)" == 0 ]] || continue
    read -r machine owner <"$dir/owner" || continue
    [[ "$machine" == "$(uname -n)" && "$owner" =~ ^[0-9]+$ ]] || continue
    # Another start may be sweeping the same one.
    kill -0 "$owner" 2>/dev/null || (stop "$dir") 2>/dev/null || true
  done
}

# Not `exec`: the trap must still run when the command ends.
with_cluster() {
  local options=()
  if [[ "${1:-}" == --durable ]]; then options=(--durable); shift; fi
  [[ $# -gt 0 ]] || fail "postgres.sh with: which command?"
  cluster=$(start "${options[@]}" --owner $$)
  trap 'stop "$cluster"' EXIT
  TEPAI_TEST_POSTGRES_URL=$(<"$cluster/url") "$@"
}

case ${1:-} in
  start) shift; start "$@" ;;
  stop) stop "${2:-}" ;;
  pid) is_cluster "${2:-}" || fail "postgres.sh pid: ${2:-nothing} is not a cluster of ours"; head -n 1 "$2/data/postmaster.pid" ;;
  kill) kill_all "${2:-}" ;;
  restart) restart "${2:-}" ;;
  url) is_cluster "${2:-}" || fail "postgres.sh url: ${2:-nothing} is not a cluster of ours"; cat "$2/url" ;;
  with) shift; with_cluster "$@" ;;
  *) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; [[ "${1:-}" == --help ]] ;;
esac
