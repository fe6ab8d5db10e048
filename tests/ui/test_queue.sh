# Runs queued while another one trains: in order, moved and removed, past a run that fails, past the end of
# the workbench, and past kill -9 of everything.
. tests/cli/lib.sh
export XDG_STATE_HOME=$tmp/state XDG_CONFIG_HOME=$tmp/state
case $fettle in /*) ;; *) fettle=$PWD/$fettle ;; esac
data=$PWD/assets/data/library-mail.csv
model=$PWD/tests/assets/models/starter
trap 'for p in $left; do kill -9 "$p" 2>/dev/null; done; rm -rf "$tmp"' EXIT
left=
cd "$tmp" || exit 1

drive() {
    printf '%s\n' "$1" >script
    shift
    "$fettle" ui "$@" --script script >out 2>err </dev/null && return
    echo "FAILED: ui $*"
    sed 's/^/    /' script out err
    failed=1
}
# until_true SECONDS COMMAND..
until_true() {
    local n=$(($1 * 10))
    shift
    while [ $n -gt 0 ]; do
        "$@" >/dev/null 2>&1 && return
        sleep 0.1
        n=$((n - 1))
    done
    echo "FAILED: not in time: $*"
    failed=1
    return 1
}
is_state() { grep -q "\"state\": \"$2\"" "$1/run.json"; }
is_empty() { "$fettle" queue 2>&1 | grep -q 'queue is empty'; }
runner() { "$fettle" queue 2>&1 | sed -n 's/.*process \([0-9]*\) works.*/\1/p'; }
no_runner() { [ -z "$(runner)" ]; }
trains() { "$fettle" runs "$1" --json | grep -q '"activity":"running"'; }
settings=":set threads 1
:set max_seq_length 16
:set logging_steps 1
:set eval_strategy no"

run 0 queue
has err 'the queue is empty'
run 2 queue dance
run 1 queue remove 1
run 2 queue remove x

# one trains, three are queued, one of them cannot start; the workbench ends in between
cp "$data" gone.csv
drive "$settings
:set num_train_epochs 200
:set output_dir first
key T
:wait step 2
:set num_train_epochs 1
:set output_dir runs/second
key T
expect first is training
expect q queue
key Esc
key T q
expect second is queued
:set output_dir runs/bad
key T q
expect bad is queued
:set output_dir runs/third
key T q
expect third is queued
key T q
expect is in the queue already
:set output_dir runs/fourth
key T q
key 7
expect Queue 4
expect waiting  second
expect after first
key Tab G K K K
:queue-remove
expect fourth removed
expect Queue 3
key 4
key s w
:wait stopped" --open gone.csv --model "$model"
rm gone.csv
cp "$data" kept.csv
left="$left $(runner)"
[ -n "$(runner)" ] || { echo "FAILED: nobody works through the queue"; failed=1; }
run 1 queue run
has err 'another process'
sed -i 's/gone\.csv/kept.csv/g; s/\("dir":"runs\/bad".*\)kept\.csv/\1none.csv/' runs/queue.json
until_true 60 is_state runs/third done
is_state runs/second done || { echo "FAILED: second is not done"; failed=1; }
until_true 20 no_runner
run 0 queue
has out 'failed   train   runs/bad'
has out 'none.csv'
run 0 queue --json
has out '"state":"failed"'
run 0 queue clear
is_empty || { echo "FAILED: not cleared"; failed=1; }

# kill -9 of the runner and of the run: the next runner resumes it, then the rest
drive "$settings
:set num_train_epochs 100
:set save_strategy steps
:set save_steps 5
:set output_dir own
key T
:wait step 1
:set output_dir runs/long
key T q
:set num_train_epochs 1
:set output_dir runs/last
key T q
key s w
:wait stopped" --open "$data" --model "$model"
pid=$(runner)
left="$left $pid"
until_true 60 sh -c "ls -d runs/long/checkpoint-[0-9]*"
kill -9 "$pid"
run=$("$fettle" runs runs/long --json | sed -n 's/.*"pid":\([0-9]*\).*/\1/p')
kill -9 "$run"
run 0 queue
has out 'running  train   runs/long'
has err 'no process works'
"$fettle" queue run >out 2>err </dev/null &
pid=$!
left="$left $pid"
until_true 60 trains runs/long
grep -q 'resuming: runs/long' err || { echo "FAILED: $(cat err)"; failed=1; }

# SIGTERM saves what trains; the queue stays for the next one
kill -TERM $pid
wait $pid
[ $? = 143 ] || { echo "FAILED: exit status $?"; failed=1; }
until_true 20 is_state runs/long stopped
run 0 queue
has out "running  resume  runs/long"
sed -i 's/"num_train_epochs":{"value":100/"num_train_epochs":{"value":2/' runs/queue.json
run 0 queue run
has err '2 runs of the queue done'
is_state runs/last done || { echo "FAILED: last is not done"; failed=1; }
is_empty || { echo "FAILED: the queue is not empty"; failed=1; }

# somebody else's queue is not executed
printf '{"version":1,"entries":[{"id":1,"kind":"resume","state":"waiting","dir":"first","notify":"touch hit"}]}' \
    >runs/queue.json
chmod 666 runs/queue.json
run 1 queue run
has err 'chmod 600'
run 1 queue
drive "key 7
:wait runs
expect error:" --open "$data" --model "$model"
finish
