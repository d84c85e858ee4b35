#!/usr/bin/env bash
# Installs what is missing, lets bubblewrap start, and verifies. On a runner, or on any Debian or Ubuntu:
#   LESSONS=my-course bash .github/actions/verify/verify.sh
#
# LESSONS   folder of lessons, from the working directory (.); the project's own where they are the same
# PACKAGES  more Debian packages
# OPTIONS   more options of verify
# REPORT    where the JUnit report goes (verify.xml)
set -euo pipefail
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
lessons=${LESSONS:-.}
report=$(realpath -m "${REPORT:-verify.xml}")

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# Runners have most of it: nothing is asked of the archive where nothing is missing.
packages=(${PACKAGES:-})
command -v bwrap >/dev/null || packages+=(bubblewrap)
command -v ss >/dev/null || packages+=(iproute2)
command -v python3 >/dev/null || packages+=(python3)
command -v npm >/dev/null || packages+=(npm)
if [ ${#packages[@]} -gt 0 ]; then
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${packages[@]}"
fi

# Ubuntu from 23.10 on: only programs that a profile names may make a user namespace.
restricted=/proc/sys/kernel/apparmor_restrict_unprivileged_userns
if [ "$(cat "$restricted" 2>/dev/null || echo 0)" = 1 ]; then
  printf 'abi <abi/4.0>,\ninclude <tunables/global>\nprofile bwrap %s flags=(unconfined) {\n  userns,\n}\n' \
    "$(command -v bwrap)" | as_root tee /etc/apparmor.d/bwrap >/dev/null
  as_root apparmor_parser -r /etc/apparmor.d/bwrap
fi

cd_back=$PWD
if ! [ "$project/node_modules/.package-lock.json" -nt "$project/package-lock.json" ]; then
  cd "$project"
  npm ci --omit=dev --prefer-offline --no-audit --no-fund
  cd "$cd_back"
fi

[ -z "${GITHUB_OUTPUT:-}" ] || echo "report=$report" >>"$GITHUB_OUTPUT"
whose=(--lessons "$lessons")
[ "$(realpath "$lessons")" != "$project" ] || whose=()
# Words of OPTIONS are words.
# shellcheck disable=SC2086
CI=true exec npm --prefix "$project" run --silent verify -- \
  "${whose[@]}" --reporter github --reporter "junit=$report" ${OPTIONS:-}
