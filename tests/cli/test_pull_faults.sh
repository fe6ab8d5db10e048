#!/usr/bin/env bash
# The n-th write, sync, rename, .. of a pull fails, or the process ends there: it ends with one line or
# does what it was asked to, the cache has no wrong file and no incomplete revision, and the next
# pull completes it. A seeded sample; INJECT_EVERY=all tries every n (docs/RELIABILITY.md).
source tests/cli/lib.sh
so=${INJECT_SO:?set INJECT_SO to the library of tests/inject}
LD_PRELOAD=$so "$fettle" --version >/dev/null 2>&1 || {
    echo "SKIPPED: the program cannot be preloaded (sanitizers)"
    exit 0
}
source tests/hub/hub_lib.sh
model org/tiny
random "$srv/org/tiny/model.safetensors" 300000
sha=$(sha256sum <"$srv/org/tiny/model.safetensors")
sha=${sha%% *}
seed=${INJECT_SEED:-1}
tried=0 failures=0

# begin: an empty cache, or one with a partial file
begin() {
    fresh
    [ $((tried % 2)) = 0 ] || { mkdir -p "$repo/blobs" && head -c 100000 "$srv/org/tiny/model.safetensors" >"$repo/blobs/$sha.incomplete"; }
}
# after STATUS WHAT: what must hold
after() {
    tried=$((tried + 1))
    if [ "$1" = 0 ]; then
        whole
    else
        failures=$((failures + 1))
        [ "$1" = 1 ] || [ "$1" = 137 ] || fail "$2: exit $1"
        [ "$1" = 137 ] || [ "$(grep -c '^error: ' "$tmp/err")" = 1 ] || fail "$2: not one line of error"
    fi
    [ ! -e "$repo/refs/main" ] || whole
    sound
    run 0 pull org/tiny
    whole
    sound
    [ $failed = 0 ] || { echo "FAILED: $2"; finish; }
}
# fault VARIABLE KIND N
fault() {
    begin
    rc=0
    # through a shell, so that this one does not report the kill
    sh -c 'env "$@"; exit $?' sh "$1=$2:$3" LD_PRELOAD="$so" "$fettle" pull org/tiny >"$tmp/out" 2>"$tmp/err" </dev/null || rc=$?
    after $rc "$1=$2:$3"
}

begin
INJECT_COUNT=$tmp/counts LD_PRELOAD=$so "$fettle" pull org/tiny >"$tmp/out" 2>"$tmp/err" </dev/null || fail "counting"
for kind in ${INJECT_KINDS:-write sync rename open read unlink mkdir truncate malloc}; do
    n=$(sed -n "s/^$kind //p" "$tmp/counts")
    step=${INJECT_STRIDE:-1}
    [ "${INJECT_EVERY:-}" = all ] || step=$((n / 3 + 1))
    for ((i = 1 + seed % step; i <= n; i += step)); do
        fault INJECT "$kind" $i
        [ "$kind" = malloc ] || fault INJECT_KILL "$kind" $i
    done
done
echo "$tried faults, $failures failed"
finish
