#!/usr/bin/env bash
# Installs the distribution packages that are missing, and says which; silent when none is.
#   tools/packages.sh build|test|ci
# One list for ./run (build), ./check (test) and .ci/run (ci). For Debian and Ubuntu; on another
# system it says what is needed and leaves the installing to its owner.
set -euo pipefail

build="gcc libc6-dev cmake ninja-build pkg-config libopenblas-openmp-dev libgomp1 libutf8proc-dev
    libcjson-dev libncurses-dev liblzma-dev zlib1g-dev libssl-dev libcurl4-openssl-dev"
# Used where it is there: a distribution without it builds all the same.
optional="libdnnl-dev"
test="libcmocka-dev xz-utils"
ci="clang clang-format git libopenmpi-dev openmpi-bin"

case "${1:-build}" in
build) wanted=$build ;;
test) wanted="$build $test" ;;
ci) wanted="$build $test $ci" ;;
*)
    echo "usage: tools/packages.sh build|test|ci" >&2
    exit 2
    ;;
esac

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    if ! command -v cmake >/dev/null || ! command -v ninja >/dev/null; then
        echo "This system has no apt-get. Install what these Debian packages hold:" $wanted >&2
    fi
    exit 0
fi

is_installed() {
    [ "$(dpkg-query -W -f '${Status}' "$1" 2>/dev/null)" = "install ok installed" ]
}
missing=()
for package in $wanted; do
    is_installed "$package" || missing+=("$package")
done
for package in $optional; do
    if ! is_installed "$package" && apt-cache show "$package" >/dev/null 2>&1; then
        missing+=("$package")
    fi
done
[ ${#missing[@]} -gt 0 ] || exit 0

root=()
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "These packages are missing, and only root may install them (there is no sudo):" >&2
        echo "    apt-get install ${missing[*]}" >&2
        exit 1
    fi
    root=(sudo)
fi
echo "Installing what is missing: ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
install() {
    ${root[@]+"${root[@]}"} env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}
# The package lists of a fresh machine may be absent or old: refresh them, once, if need be.
install || { ${root[@]+"${root[@]}"} apt-get update -qq >&2 && install; }
