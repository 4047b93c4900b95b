#!/usr/bin/env bash
# A small ext4 disk of its own, in a file, whose power can be cut: what was not synced is gone, as after a real power cut.
# It finds missing syncs; it does not imitate disks that lie about a flush, or that write half a sector.
#
#   dir=$(scripts/power-cut.sh create [--owner PID])  exit 3 where that is not possible, and says why
#   "$dir/disk"                                       is where it is mounted
#   scripts/power-cut.sh sync "$dir"                  all that was written so far reaches the disk
#   scripts/power-cut.sh cut "$dir"                   from now on nothing reaches the disk
#   scripts/power-cut.sh restore "$dir"               mounts it again, as it was when the power went
#   scripts/power-cut.sh destroy "$dir"
#
# --owner    the next create sweeps the disk away if that process has died without destroying it
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly prefix=tepai-disk
# A file with holes: it takes what is written to it.
readonly megabytes=2048

cannot() { say "no disk whose power can be cut: $*"; exit 3; }

is_disk() { [[ "$(basename "$1")" == "$prefix".* && -f "$1/owner" ]]; }

# The loop device goes with the mount.
mount_it() { mount -t ext4 -o loop,noatime "$1/image" "$1/disk"; }

# Whoever still had a file open may take a moment to go.
unmount_it() {
  local attempt
  for attempt in {1..100}; do
    mountpoint -q "$1/disk" || return 0
    umount "$1/disk" 2>/dev/null && return 0
    sleep 0.1
  done
  say "still busy after $attempt attempts: $1/disk"
  return 1
}

# The ioctl that ext4 and XFS know as SHUTDOWN; 2 is: without writing the log.
cut() {
  perl -e 'sysopen(my $root, $ARGV[0], 0) or die "$!\n"; my $how = pack("L", 2); ioctl($root, 0x8004587d, $how) or die "$!\n"' "$1/disk"
}

create() {
  local owner=- dir tool
  if [[ "${1:-}" == --owner ]]; then owner=${2:?--owner needs a process id}; fi
  for tool in mkfs.ext4 mount mountpoint perl; do have "$tool" || cannot "$tool is missing"; done
  [[ "$(id -u)" == 0 ]] || cannot "only root may mount one"
  sweep

  dir=$(mktemp -d "${TMPDIR:-/tmp}/$prefix.XXXXXX")
  chmod 755 "$dir"
  printf '%s %s\n' "$(uname -n)" "$owner" >"$dir/owner"
  mkdir "$dir/disk"
  truncate -s "${megabytes}M" "$dir/image"
  if ! { mkfs.ext4 -q -F "$dir/image" && mount_it "$dir"; } 2>"$dir/log"; then
    say "$(<"$dir/log")"
    rm -rf "$dir"
    cannot "mounting failed"
  fi
  # Where the file system does not know the ioctl, nothing can be cut.
  if ! { cut "$dir" && unmount_it "$dir" && mount_it "$dir"; } 2>"$dir/log"; then
    say "$(<"$dir/log")"
    destroy "$dir"
    cannot "the file system cannot be shut down"
  fi
  printf '%s\n' "$dir"
}

destroy() {
  unmount_it "$1" || umount -l "$1/disk"
  rm -rf "$1"
}

# Removes what a killed run left behind, on this machine and by a process that is gone.
sweep() {
  local dir machine owner
  for dir in "${TMPDIR:-/tmp}/$prefix".*; do
    is_disk "$dir" || continue
    read -r machine owner <"$dir/owner" || continue
    [[ "$machine" == "$(uname -n)" && "$owner" =~ ^[0-9]+$ ]] || continue
    kill -0 "$owner" 2>/dev/null || (destroy "$dir") 2>/dev/null || true
  done
}

case ${1:-} in
  create) shift; create "$@" ;;
  sync | cut | restore | destroy)
    is_disk "${2:-}" || fail "power-cut.sh $1: ${2:-nothing} is not a disk of ours"
    case $1 in
      sync) sync -f "$2/disk" ;;
      cut) cut "$2" ;;
      restore) unmount_it "$2" && mount_it "$2" ;;
      destroy) destroy "$2" ;;
    esac
    ;;
  *) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; [[ "${1:-}" == --help ]] ;;
esac
