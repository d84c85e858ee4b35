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
install_packages() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
    -o Dpkg::Options::=--force-unsafe-io -o Dpkg::Use-Pty=0 "$@" >/dev/null
}

# Runners have most of it: nothing is asked of the archive where nothing is missing.
packages=(${PACKAGES:-})
command -v bwrap >/dev/null || packages+=(bubblewrap)
command -v ss >/dev/null || packages+=(iproute2)
command -v python3 >/dev/null || packages+=(python3)
command -v node >/dev/null || packages+=(nodejs ca-certificates)
if [ ${#packages[@]} -gt 0 ]; then
  as_root apt-get update -qq
  install_packages "${packages[@]}"
fi

# Ubuntu from 23.10 on: only programs that a profile names may make a user namespace.
restricted=/proc/sys/kernel/apparmor_restrict_unprivileged_userns
if [ "$(cat "$restricted" 2>/dev/null || echo 0)" = 1 ]; then
  printf 'abi <abi/4.0>,\ninclude <tunables/global>\nprofile bwrap %s flags=(unconfined) {\n  userns,\n}\n' \
    "$(command -v bwrap)" | as_root tee /etc/apparmor.d/bwrap >/dev/null
  as_root apparmor_parser -r /etc/apparmor.d/bwrap
fi

# Debian's npm is 430 packages. Where there is none, and the settings name a registry: from there, at this version and
# with this sum only.
npm=(npm)
registry=$(sed -n 's/^registry *= *//p' "${NPM_CONFIG_USERCONFIG:-$HOME/.npmrc}" 2>/dev/null | tail -n 1 || true)
registry=${NPM_CONFIG_REGISTRY:-$registry}
npm_version=10.9.4
npm_sum=OnUG836FwboQIbqtefDNlyR0gTHzIfwRfE3DuiNewBvnMnWEpB0VEXwBlFVgqpNzIgYo/MHh3d2Hel/pszapAA==
fetch_npm() {
  node -e '
    const [url, sum] = process.argv.slice(1)
    fetch(url).then(async response => {
      const bytes = Buffer.from(await response.arrayBuffer())
      if (require("crypto").createHash("sha512").update(bytes).digest("base64") !== sum) throw "not what was expected"
      process.stdout.write(bytes)
    }).catch(error => {
      console.error(`${url}: ${error.cause ?? error}; install npm`)
      process.exitCode = 1
    })' "${registry%/}/npm/-/npm-$npm_version.tgz" "$npm_sum" | tar -xz -C "$1"
}

# What somebody has installed stays, with what it has for development; what was installed here follows the lock file.
modules=$project/node_modules
stamp=$modules/.verify-lock
lock=$(sha256sum <"$project/package-lock.json")
if ! [ -e "$modules/.package-lock.json" ] || { [ -e "$stamp" ] && [ "$(cat "$stamp")" != "$lock" ]; }; then
  if ! command -v npm >/dev/null && [ -z "$registry" ]; then
    as_root apt-get update -qq
    install_packages npm
  elif ! command -v npm >/dev/null; then
    kept=$(mktemp -d)
    trap 'rm -rf "$kept"' EXIT
    fetch_npm "$kept"
    npm=(node "$kept/package/bin/npm-cli.js")
  fi
  (cd "$project" && "${npm[@]}" ci --omit=dev --prefer-offline --no-audit --no-fund --loglevel=error)
  echo "$lock" >"$stamp"
  [ -z "${kept:-}" ] || rm -rf "$kept"
fi
# The pinned Node, without npm, which takes a second more.
node=$(find "$modules" -maxdepth 3 -path '*/node-linux-*/bin/node' -print -quit)

[ -z "${GITHUB_OUTPUT:-}" ] || echo "report=$report" >>"$GITHUB_OUTPUT"
whose=(--lessons "$lessons")
[ "$(realpath "$lessons")" != "$project" ] || whose=()
# Words of OPTIONS are words.
# shellcheck disable=SC2086
CI=true exec "${node:-node}" "$project/playground/start.mjs" ./authoring/verify.ts \
  "${whose[@]}" --reporter github --reporter "junit=$report" ${OPTIONS:-}
