#!/bin/sh
# ./start [docs] [options]          the site with its terminals; it prints a link
# ./start verify [options] [PAGES]  runs the commands of the lessons on this kernel
# ./start doctor                    what this machine has and lacks
# Options are those of `npm run docs` and of `npm run verify`; --help lists them.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
run() { exec "$here/project/node_modules/.bin/node" "$here/project/playground/start.mjs" "$@"; }
case ${1-} in
  doctor)
    shift
    run ./doctor.ts "$@"
    ;;
  verify)
    shift
    [ $# -gt 0 ] || [ ! -d "$here/course" ] || set -- --lessons "$here/course"
    run ./authoring/verify.ts "$@"
    ;;
  docs) shift ;;
esac
[ ! -d "$here/course" ] || set -- --lessons "$here/course" WITH_OURS "$@"
run ./main.ts --built "$@"
