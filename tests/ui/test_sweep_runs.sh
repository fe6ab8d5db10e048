# Sweeps on screen Runs: one of another process is followed and stopped, resumed here, queued while something trains;
# members are promoted and deleted. Sweeps left running and queued.
. tests/cli/lib.sh
export XDG_STATE_HOME=$tmp/state XDG_CONFIG_HOME=$tmp/state LC_ALL=C.UTF-8
case $fettle in /*) ;; *) fettle=$PWD/$fettle ;; esac
net=$PWD/tests/assets/models/starter
trap 'for p in $left; do kill -9 "$p" 2>/dev/null; done; rm -rf "$tmp"' EXIT
left=
head -121 assets/data/library-mail.csv >"$tmp/mail.csv"
cd "$tmp" || exit 1
drive() { # SCRIPT ARGS..
    printf ':size 100 30\n%s\n' "$1" >script
    shift
    "$fettle" ui "$@" --script script >out 2>err </dev/null && return
    echo "FAILED: ui $*"
    sed 's/^/    /' script out err
    failed=1
}
fail() {
    echo "FAILED: $*"
    failed=1
}
until_true() { # SECONDS COMMAND..
    local n=$(($1 * 20))
    shift
    while [ $n -gt 0 ]; do
        "$@" >/dev/null 2>&1 && return
        sleep 0.05
        n=$((n - 1))
    done
    fail "not in time: $*"
    return 1
}
says() { head -c 200 "$1/sweep.json" | grep -q "\"state\":\"$2\""; }
holder() { "$fettle" runs "$1" --json | sed -n 's/.*"pid":\([0-9]*\).*/\1/p'; }
is_held() { [ -n "$(holder "$1")" ]; }
is_gone() { ! kill -0 "$1" 2>/dev/null; }
trains() { grep -q '"loss"' "$1/metrics.jsonl"; }
quick="--data mail.csv --model $net --max_seq_length 16 --threads 1 --per_device_train_batch_size 8 --logging_steps 1"
form=":set threads 1
:set per_device_train_batch_size 8
:set max_seq_length 16
:set logging_steps 1
:set eval_strategy no"

# --- followed and stopped from here; resumed here, with the results of a sweep that nobody touched ---
# shellcheck disable=SC2086
run 0 sweep $quick --num_train_epochs 60 --over learning_rate=1e-4,1e-3 --output_dir whole
# shellcheck disable=SC2086
"$fettle" sweep $quick --num_train_epochs 60 --over learning_rate=1e-4,1e-3 --output_dir lr >o 2>e </dev/null &
pid=$!
left="$left $pid"
until_true 30 trains lr/1_lr1e-4
drive ":wait data
key 7
:wait runs
:filter lr/
key Esc
key /
keys lr/
key Enter
expect running 0/2
expect s stop
key X
expect is running: s stops it first
key s
expect stops after this step" --open mail.csv --model "$net"
wait $pid || fail "the sweep that was stopped: exit $?"
says lr stopped || fail "lr is not stopped"
[ ! -e lr/2_lr1e-3 ] || fail "the second member was begun"

# --- a sweep whose file is damaged is said to be that ---
cp -r whole hurt
head -c 200 whole/sweep.json >hurt/sweep.json
drive ":wait data
key 7
:wait runs
expect damaged" --open mail.csv --model "$net"
rm -r hurt
drive ":wait data
expect sweep lr stopped, 0 of 2 members done
:resume lr
:wait sweep
expect sweep done: best
key 7
:wait runs" --open mail.csv --model "$net"
cmp lr/sweep.json whole/sweep.json || fail "other results after stop and resume"
for m in 1_lr1e-4 2_lr1e-3; do
    cmp lr/$m/model/model.safetensors whole/$m/model/model.safetensors || fail "$m: another model"
done

# --- promoted: to its end, with its settings in Tune; the rest is deleted; then the sweep ---
# shellcheck disable=SC2086
run 0 sweep $quick --num_train_epochs 2 --over learning_rate=1e-5..1e-2:log --strategy halving --trials 5 --seed 3 \
    --output_dir half --json
out=$(grep -o '"name":"[^"]*"[^}]*}[^}]*"state":"stopped"' "$tmp/out" | sed 's/"name":"\([^"]*\)".*/\1/' | tail -n 1)
drive ":wait data
key 7
:wait runs
key /
keys half/
key Enter
key Enter
expect Sweep half: halving, 5 of 5 members done
expect P promote
:promote
expect promoted
:mark $out
key P
expect $out is promoted, at step
key y
:wait sweep
expect sweep done: best
key 7
:wait runs
expect promoted
key m
expect a member keeps its name
key 3
expect ${out#*_lr}
key u
key 7
key X
expect delete 3 members
expect kept: 2 promoted ones
key Esc
:mark $out
key P
expect no longer promoted
key P
expect X deletes the rest
key X
key y
:wait runs
expect 3 members of half deleted
expect 3 deleted
key Esc
key d
expect delete sweep half: 2 members
key n" --open mail.csv --model "$net"
[ "$(find half -mindepth 1 -maxdepth 1 -type d | wc -l)" = 2 ] || fail "left: $(ls half)"
grep -q '"state": "done"' "half/$out/run.json" || fail "$out is not done"
run 0 sweep --resume half --json
has out '"deleted":true'
drive ":wait data
:delete half
expect delete sweep half
key y
:wait exported
expect 2 members of half deleted" --open mail.csv --model "$net"
[ ! -e half ] || fail "half is left: $(ls -A half)"

# --- left running with q l: followed, paused and stopped by a later one; the same results ---
drive "$form
:set num_train_epochs 60
:set eval_strategy epoch
:wait data
key 3 g Down *
keys 1e-4,1e-3
key Enter
:set output_dir left
key T y
:wait step 2
key q
expect a run is active
key l
:wait left" --open mail.csv --model "$net"
pid=$(holder left)
[ -n "$pid" ] || fail "the sweep does not go on: $(cat err left/background.log)"
left="$left $pid"
grep -q 'left/1_lr1e-4 continues in the background' err || fail "it does not say so: $(cat err)"
drive "key 4
:wait followed
key Space
:wait paused
key Space
:wait running
key 7
:wait runs
key /
keys left/
key Enter
expect running 
key Enter
expect Sweep left: grid" --run left/1_lr1e-4
kill -TERM "$pid"
until_true 60 is_gone "$pid"
says left stopped || fail "SIGTERM: the sweep is not stopped: $(head -c 60 left/sweep.json)"
run 0 sweep --resume left
for m in 1_lr1e-4 2_lr1e-3; do
    cmp left/$m/model/model.safetensors whole/$m/model/model.safetensors || fail "left $m: another model"
done

# --- queued while something trains: a new sweep by T, one that was stopped by R ---
# shellcheck disable=SC2086
"$fettle" sweep $quick --num_train_epochs 2000 --over seed=1,2 --output_dir stopped >o 2>e </dev/null &
pid=$!
left="$left $pid"
until_true 30 trains stopped/1_seed1
kill -TERM $pid
wait $pid
says stopped stopped || fail "SIGTERM: the sweep is not stopped"
drive "$form
:wait data
:set num_train_epochs 3000
:set output_dir first
key T
:wait step 2
:set num_train_epochs 2
key 3 g Down *
keys 1e-4,1e-3
key Enter
:set output_dir queued
key T
expect y queue
key y
:wait sweep
expect queued is queued
key 7
:wait runs
:resume stopped
expect q queue sweep stopped
key q
expect stopped is queued
key 3
key 7
expect Queue 2
expect sweep
key 4
key s w
:wait stopped" --open mail.csv --model "$net"
runner=$("$fettle" queue 2>&1 | sed -n 's/.*process \([0-9]*\) works.*/\1/p')
left="$left $runner"
until_true 60 says queued done
until_true 20 says stopped running
until_true 20 is_held stopped
kill -TERM "$runner"
until_true 30 says stopped stopped
[ ! -e stopped/2_seed2 ] || fail "the second member was begun"
run 0 queue
has out "running  sweep   stopped"
finish
