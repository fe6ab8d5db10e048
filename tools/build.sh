#!/usr/bin/env bash
# Configures and builds one preset of CMakePresets.json into build/PRESET; prints nothing on success:
#   tools/build.sh PRESET [cmake option or --target ..]
# Options (-D..) are passed to the configure step, all others to the build step. The complete output is
# in build/PRESET/build.log; its end is printed if the build fails.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
preset=$1
shift
configure=()
build=()
for word in "$@"; do
    case $word in
    -D*) configure+=("$word") ;;
    *) build+=("$word") ;;
    esac
done
mkdir -p "build/$preset"
log=build/$preset/build.log
[ -f "build/$preset/build.ninja" ] || echo "Building fettle ($preset), a minute or two .." >&2
if ! cmake --preset "$preset" ${configure[@]+"${configure[@]}"} >"$log" 2>&1 ||
    ! cmake --build "build/$preset" ${build[@]+"${build[@]}"} >>"$log" 2>&1; then
    tail -n 60 "$log" >&2
    echo "error: the $preset build failed; all of its output is in $log" >&2
    exit 1
fi
