#!/usr/bin/env bash
# `fettle pull` that is stopped, killed or run twice: the partial file is resumed, the cache is whole
# at every moment, and what one process downloads another does not.
source tests/cli/lib.sh
source tests/hub/hub_lib.sh
model org/tiny
random "$srv/org/tiny/model.safetensors" 8000000
sha=$(sha256sum <"$srv/org/tiny/model.safetensors")
sha=${sha%% *}

# reaches BYTES: waits until the partial file has so many
reaches() {
    for _ in $(seq 200); do
        [ "$(stat -c %s "$repo/blobs/$sha.incomplete" 2>/dev/null || echo 0)" -ge "$1" ] && return
        sleep 0.02
    done
    fail "the partial file did not grow to $1"
}
# a signal ends it at once with its status; the next pull resumes. (A shell's background jobs ignore
# SIGINT, so the program is started through env, which gives it the default back.)
for signal in INT:130 TERM:143; do
    fresh
    rules "cdn:GET model.safetensors slow 2000000"
    env --default-signal="${signal%:*}" "$fettle" pull org/tiny >"$tmp/out" 2>"$tmp/err" &
    pid=$!
    reaches 500000
    kill "-${signal%:*}" $pid
    rc=0
    wait $pid || rc=$?
    [ $rc = "${signal#*:}" ] || fail "SIG${signal%:*}: exit $rc"
    has err "the next pull resumes"
    [ ! -e "$repo/refs/main" ] && [ ! -e "$snap" ] || fail "an incomplete revision is visible"
    size=$(stat -c %s "$repo/blobs/$sha.incomplete")
    sound
    rules ""
    run 0 pull org/tiny
    logged 1 "cdn GET /blob/org/tiny/model.safetensors?sig=1 range=$size "
    whole
done
# while it waits: for an answer, for Retry-After
for rule in "* /api stall 5" "* /api status 503" "hub:GET vocab stall 0"; do
    fresh
    rules "$rule" "* /api after 60"
    timeout --foreground --preserve-status -s TERM 0.7 "$fettle" pull org/tiny >"$tmp/out" 2>"$tmp/err"
    rc=$?
    [ $rc = 143 ] || fail "SIGTERM at $rule: exit $rc"
    has err "cancelled"
done

# killed at any moment
fresh
n=0
while [ ! -e "$repo/refs/main" ] && [ $n -lt 40 ]; do
    rules "cdn:GET model.safetensors slow 20000000"
    "$fettle" pull org/tiny >"$tmp/out" 2>"$tmp/err" &
    pid=$!
    sleep "0.$((RANDOM % 10))$((RANDOM % 10))"
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
    sound
    [ ! -e "$repo/refs/main" ] || whole
    n=$((n + 1))
done
rules ""
run 0 pull org/tiny
whole
sound
[ -z "$(find "$repo" -name '*.incomplete')" ] || fail "a partial file is left"

# at the same time: one downloads, the others wait and use it
fresh
rules "cdn:GET model.safetensors slow 8000000"
pids=
for i in 1 2 3; do
    "$fettle" pull org/tiny >"$tmp/out.$i" 2>"$tmp/err.$i" &
    pids="$pids $!"
done
for pid in $pids; do wait "$pid" || fail "one of three pulls failed"; done
for i in 1 2 3; do [ "$(cat "$tmp/out.$i")" = "$snap" ] || fail "pull $i: $(cat "$tmp/err.$i")"; done
logged 1 "cdn GET"
whole
sound
# the lock is the one of huggingface_hub: .locks/models--org--tiny/ETAG.lock, flock
fresh
mkdir -p "$HF_HOME/hub/.locks/models--org--tiny"
flock "$HF_HOME/hub/.locks/models--org--tiny/$sha.lock" sleep 1 &
sleep 0.2
start=$(date +%s%N)
run 0 pull org/tiny
[ $((($(date +%s%N) - start) / 1000000)) -ge 500 ] || fail "the lock of another client is ignored"
whole
wait $!

# the model list and the id see only whole revisions: a new one that is interrupted changes nothing
fresh
cp tests/assets/models/starter/* "$srv/org/tiny"
run 0 pull org/tiny
printf 'fedcba9876543210fedcba9876543210fedcba98' >"$srv/org/tiny/.commit"
random "$srv/org/tiny/model.safetensors" 4000000 new
rules "cdn:GET model.safetensors slow 100000"
"$fettle" pull org/tiny >"$tmp/out" 2>"$tmp/err" &
pid=$!
sleep 1
kill -9 $pid
wait $pid 2>/dev/null
run 0 predict --model org/tiny --text "hello [MASK]"
[ "$(cat "$repo/refs/main")" = "$commit" ] || fail "main is a revision that is not there"
finish
