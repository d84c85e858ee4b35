#!/usr/bin/env bash
# The action's script from nothing: a plain Debian, a folder with one page, no cache.
#   sudo bash test/ci/debian.sh [bookworm|trixie] [FOLDER]
# It makes the Debian with debootstrap in FOLDER (a temporary one, removed at the end), copies what is committed of this
# project into it, and runs .github/actions/verify/verify.sh there twice: with nothing, and with what the first run has
# left. It says the seconds of each, and of what takes some. Outside of `npm test`, as it needs root, the network and some minutes. No machine
# with AppArmor is needed, so what the script does there is not run.
set -euo pipefail
suite=${1:-bookworm}
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
base=${2:-$(mktemp -d)}
root=$base/$suite
[ "$(id -u)" = 0 ] || { echo "debian.sh: it makes a root file system; run it with sudo" >&2; exit 2; }
for program in debootstrap unshare git; do
  command -v "$program" >/dev/null || { echo "debian.sh: needs $program; install it with: sudo apt-get install debootstrap util-linux git" >&2; exit 2; }
done
[ -n "${2:-}" ] || trap 'rm -rf "$base"' EXIT

[ -e "$root/etc/debian_version" ] || debootstrap --variant=minbase "$suite" "$root" >"$base/$suite.log" 2>&1
work=$root/proof
rm -rf "$work"
touch "$root/etc/resolv.conf"
mkdir -p "$work/project" "$work/home" "$work/course"
git -C "$project" archive HEAD | tar -x -C "$work/project"
cat >"$work/course/01-one.md" <<'PAGE'
---
title: One page
description: A page from elsewhere.
---

# One page

```console
$ echo "$((6 * 7))"
42
```
PAGE

# The machine's own settings say where the registry is, and whom a company's proxy is signed by.
mkdir -p "$work/settings"
npm config get registry 2>/dev/null | sed 's/^/registry=/' >"$work/settings/npmrc"
signed=()
if [ -r "${NODE_EXTRA_CA_CERTS:-}" ]; then
  cp "$NODE_EXTRA_CA_CERTS" "$work/settings/signers.pem"
  signed=(NODE_EXTRA_CA_CERTS=/proof/settings/signers.pem)
fi
# Each step with its time. Bash takes no PS4 from root's environment.
cat >"$work/traced.sh" <<'TRACED'
PS4='+ $EPOCHREALTIME '
set -x
source project/.github/actions/verify/verify.sh
TRACED
run() {
  local began=$EPOCHREALTIME
  env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/proof/home LESSONS=course CI=true \
    NPM_CONFIG_USERCONFIG=/proof/settings/npmrc "${signed[@]}" BASH_XTRACEFD=9 \
    unshare --mount --pid --fork --kill-child sh -c '
      mount --bind "$0" "$0" && cd "$0" && mount --rbind /dev dev && mount -t proc proc proc &&
      mount -t sysfs sysfs sys && mount --bind /etc/resolv.conf etc/resolv.conf &&
      # Who is in a chroot may make no user namespace.
      pivot_root . mnt && exec chroot . sh -c "umount -l /mnt && cd /proof && exec bash traced.sh 9>/proof/trace"' "$root"
  LC_ALL=C awk -v began="$began" -v ended="$EPOCHREALTIME" -v what="$1" '
    function over() { if (step != "") steps = steps sprintf(", %s %.0f", step, $2 - since); step = "" }
    step != "" { over() }
    $1 ~ /^[+]+$/ && match($0, /apt-get (update|install)|fetch_npm|(npm|cli[.]js) ci|start[.]mjs/) && $3 != "as_root" && $3 != "sudo" {
      step = substr($0, RSTART, RLENGTH); since = $2
    }
    END { $2 = ended; over(); printf "%s: %.0f s%s\n", what, ended - began, steps }' "$work/trace"
}
run "Debian $(cat "$root/etc/debian_version"), from nothing"
run "Debian $(cat "$root/etc/debian_version"), again"
