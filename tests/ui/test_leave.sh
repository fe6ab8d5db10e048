# A run left running: the program gives the terminal back and a process in the background continues, with
# bit-identical results; a later workbench follows and controls it; kill -9, a closed terminal, a full disk
# and two workbenches.
. tests/cli/lib.sh
export XDG_STATE_HOME=$tmp/state XDG_CONFIG_HOME=$tmp/state TERM=xterm-256color LC_ALL=C.UTF-8
case $fettle in /*) ;; *) fettle=$PWD/$fettle ;; esac
data=$PWD/assets/data/library-mail.csv
model=$PWD/tests/assets/models/starter
trap 'for p in $left; do kill -9 "$p" 2>/dev/null; done; rm -rf "$tmp"' EXIT
left=
cd "$tmp" || exit 1
options="--threads 1 --max_seq_length 16 --logging_steps 1 --eval_strategy epoch"
settings=$(for o in "threads 1" "max_seq_length 16" "logging_steps 1"; do echo ":set $o"; done)

# drive SCRIPT ARGS..
drive() {
    printf '%s\n' "$1" >script
    shift
    "$fettle" ui "$@" --script script >out 2>err </dev/null && return
    echo "FAILED: ui $*"
    sed 's/^/    /' script out err
    failed=1
}
endless=":set num_train_epochs 5000
:set eval_strategy no"
holder() { # RUN: the pid that has its lock and is alive; "" none
    "$fettle" runs "$1" --json | sed -n 's/.*"pid":\([0-9]*\).*/\1/p'
}
steps() { grep -c '"loss"' "$1/metrics.jsonl" 2>/dev/null; }
# until_true SECONDS COMMAND..
until_true() {
    local n=$(($1 * 20))
    shift
    while [ $n -gt 0 ]; do
        "$@" >/dev/null 2>&1 && return
        sleep 0.05
        n=$((n - 1))
    done
    echo "FAILED: not in time: $*"
    failed=1
    return 1
}
grows() { [ "$(steps "$1")" -gt "$2" ]; }
is_free() { [ -z "$(holder "$1")" ]; }
is_state() { grep -q "\"state\": \"$2\"" "$1/run.json"; }
# numbers RUN: what must be the same in two runs
numbers() {
    sed 's/"tokens_per_second":[^,]*,//; s/"ms":{[^}]*},//; s/"rss_bytes":[0-9]*//; s/"[a-z_]*runtime":[^,}]*//' \
        "$1/metrics.jsonl" | grep -v '"event"'
    (cd "$1/model" && sha256sum model.safetensors)
}
# leave NAME MORE: starts a run in a workbench and leaves it running; its pid is added to $left
leave() {
    drive "$settings
$2
:set output_dir $1
key T
:wait step 3
key q
expect ask: a run is active: l leave it running
key l
:wait left" --open "$data" --model "$model"
    pid=$(holder "$1")
    if [ -z "$pid" ]; then
        echo "FAILED: $1 does not go on: $(cat err "$1/background.log")"
        failed=1
        return 1
    fi
    left="$left $pid"
    grep -q "$1 continues in the background .*process $pid" err || { echo "FAILED: $(cat err)"; failed=1; }
}

# --- the same results as without a break ---
# shellcheck disable=SC2086
run 0 train --model "$model" --data "$data" $options --output_dir whole --num_train_epochs 20
leave parts ":set num_train_epochs 20"
until_true 60 is_state parts done
diff <(numbers whole) <(numbers parts) >differ || { echo "FAILED: other results"; head -5 differ; failed=1; }
ls -A parts | grep -q 'status\|control' && echo "FAILED: left over: $(ls -A parts)" && failed=1

# --- followed and controlled by a later workbench ---
leave long "$endless"
ps -o sid=,tty= -p "$pid" | grep -q "^ *$pid  *?" || { echo "FAILED: $(ps -o sid,tty -p "$pid")"; failed=1; }
run 0 runs .
has out "process $pid, step"
run 0 runs . --json
has out "\"pid\":$pid"
run 1 train --resume long
has err "another process (pid $pid) is using this folder"
drive ":wait data
key 4
:wait followed
expect long  running
expect keys here control it
key Space
:wait paused
expect long  paused
expect Space continues
key -
expect learning_rate x0.8
key w
expect saving a checkpoint
key Space
:wait running
expect long  running
key e
:wait evaluation
expect Confusion at" --run long
is_state long running || { echo "FAILED: long: the workbench's end ended it"; failed=1; }
until_true 20 grep -q '"event":"set","option":"learning_rate"' long/metrics.jsonl
grep -q '"event":"save"' long/metrics.jsonl || { echo "FAILED: no checkpoint on request"; failed=1; }

# two workbenches: one has paused it, the other continues it; T of a third asks
drive "key 4
:wait followed
key Space
:wait paused" --run long
drive "key 4
:wait followed
:wait paused
expect long  paused
key Space
:wait running
expect long  running" --run long

# a folder that gets no more requests: no harm
n=$(steps long)
chmod 777 long/.control 2>/dev/null
until_true 20 grows long "$n"
chmod 700 long/.control 2>/dev/null

# kill -9: the run is stopped, not running, and can be continued here
kill -9 "$pid"
until_true 10 is_free long
run 0 runs .
has out "long                             stopped"
drive ":wait data
key 4
expect C continues
key C
:wait running
key s w
:wait stopped" --run long
is_state long stopped || { echo "FAILED: long is not stopped"; failed=1; }

# s of a workbench that follows it saves and ends it; SIGTERM does as well
leave again "$endless"
drive "key 4
:wait followed
key s
expect w save and stop
key w
:wait unfollowed
expect again stopped at step" --run again
until_true 20 is_state again stopped
leave term "$endless"
kill -TERM "$pid"
until_true 20 is_state term stopped
until_true 20 is_free term

# the workbench finds it by itself; a run that another terminal trains is the same
"$fettle" train --model "$model" --data "$data" --threads 1 --max_seq_length 16 --logging_steps 1 --eval_strategy no \
    --output_dir other --num_train_epochs 5000 >other.out 2>&1 &
pid=$!
left="$left $pid"
until_true 20 grows other 2
drive ":wait offered
expect other trains in process $pid
key 4
:wait followed
expect other  running
key s w
:wait unfollowed"
until_true 20 is_free other || kill -9 $pid
wait $pid
[ $? = 0 ] || { echo "FAILED: fettle train: $(tail -n 2 other.out)"; failed=1; }

# --- the process in the background cannot start: the run stays here ---
cp "$data" moved.csv
drive "$settings
:set output_dir stays
:set num_train_epochs 5000
key T
:wait step 1500
key q l
:wait left
expect not left running
expect moved.csv
key C
expect moved.csv" --open moved.csv --model "$model" &
until_true 20 grows stays 2
echo 'more text,loan' >>moved.csv
wait
pid=$(holder stays)
[ -z "$pid" ] || { echo "FAILED: stays goes on"; failed=1; left="$left $pid"; }

# a disk that is full: the checkpoint cannot be saved; the error is said and nothing is left running
(
    ulimit -f 60
    drive "$settings
:set output_dir full
:set num_train_epochs 5000
:set save_strategy no
:set eval_strategy no
key T
:wait step 2
key q l
:wait failed
expect error:" --open "$data" --model "$model"
    exit $failed
) || failed=1
[ -z "$(holder full)" ] || { echo "FAILED: full goes on"; failed=1; }

# --- a terminal: it is restored, the shell's prompt comes back, and its end does not matter ---
if command -v script >/dev/null; then
    mkfifo keys
    script -qfc "stty -a >before; $fettle ui --open $data --model $model; echo \"ended \$?\"; stty -a >after; cat" \
        shown <keys >/dev/null 2>&1 &
    terminal=$!
    exec 7>keys
    until_true 20 grep -q 'help' shown
    printf ':set output_dir tty\r:set num_train_epochs 5000\r:set logging_steps 1\r:set max_seq_length 16\rT' >&7
    until_true 30 grows tty 2
    printf 'q' >&7
    until_true 20 grep -q 'leave it running' shown
    printf 'l' >&7
    until_true 30 grep -q 'ended 0' shown
    grep -q 'continues in the background' shown || { echo "FAILED: it does not say so"; failed=1; }
    until_true 5 test -s after
    cmp -s before after || { echo "FAILED: the terminal is not as it was"; failed=1; }
    pid=$(holder tty)
    left="$left $pid"
    for p in $(ps -o pid= --ppid "$terminal"); do kill -9 "$p"; done # the shell in the terminal
    kill -9 $terminal
    exec 7>&-
    wait $terminal 2>/dev/null
    n=$(steps tty)
    until_true 20 grows tty $((n + 3))
    kill -TERM "$pid"
    until_true 20 is_state tty stopped
else
    echo "skipped: no script(1)"
fi
finish
