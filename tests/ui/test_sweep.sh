# A sweep from screen Tune: options are marked and shown, T asks, the members are trained one after the other;
# stopped and continued; what cannot be swept.
. tests/cli/lib.sh
export XDG_STATE_HOME=$tmp/state XDG_CONFIG_HOME=$tmp/state
root=$PWD
cd "$tmp" || exit 1
head -121 "$root/assets/data/library-mail.csv" >mail.csv

drive() { # SCRIPT ARGS..
    printf ':size 100 30\n%s' "$1" >script
    shift
    "$fettle" ui "$@" --script script >out 2>err </dev/null && return
    echo "FAILED: ui $*"
    sed 's/^/    /' script out err
    failed=1
}
options="--open mail.csv --model starter --max_seq_length 24 --threads 1 --max_steps 12"

# shellcheck disable=SC2086
drive ':wait data
key 3 g Down *
keys 1e-4,1e-3
key Enter
expect 1e-4,1e-3
expect sweep of 2 runs
expect T starts the sweep
:sweep seeds 2
expect sweep of 4 runs
:sweep strategy tpe
key T
expect needs --trials
:sweep strategy grid
key T
expect sweep of 4 runs (grid)
key y
:wait sweep
expect sweep done: best
' $options
[ -f runs/mail-starter-sweep/sweep.json ] || { echo "FAILED: no sweep" && failed=1; }
[ "$(cat runs/mail-starter-sweep/*/seed-*/run.json | grep -c '"state": "done"')" = 4 ] ||
    { echo "FAILED: four runs" && failed=1; }
run 0 sweep --data mail.csv --model starter --max_seq_length 24 --threads 1 --max_steps 12 \
    --over learning_rate=1e-4,1e-3 --seeds 2 --output_dir same
cmp same/2_lr1e-3/seed-2/model/model.safetensors runs/mail-starter-sweep/2_lr1e-3/seed-2/model/model.safetensors ||
    { echo "FAILED: not the runs of the command" && failed=1; }

# one run all the same; the mark taken away; what is wrong with values
# shellcheck disable=SC2086
drive ':wait data
key 3 g Down *
keys 1e-4,x
key Enter
expect not a number
key Esc
key *
keys 1e-3,1e-4
key Enter
expect sweep of 2 runs
key T
key o
:wait done
' $options
[ -f runs/mail-starter/run.json ] || { echo "FAILED: one run" && failed=1; }
# shellcheck disable=SC2086
drive ':wait data
key 3 g Down *
keys 1e-3..1e-4
key Enter
expect is empty
key Esc
key *
keys 1e-4..1e-3:log
key Enter
expect 1e-4..1e-3:log
expect :sweep trials N
:sweep strategy random
:sweep trials 3
expect 3 runs
key x
expect Settings
:sweep off
expect T trains one run
' $options

# undo takes marks back, one at a time; everything of `fettle sweep` can be typed; what is wrong is said while it is typed
# shellcheck disable=SC2086
drive ':wait data
key 3 g Down *
keys 1e-4,1e-3
key Enter
:sweep seeds 3
expect sweep of 6 runs
key u
expect undone: --over learning_rate=1e-4,1e-3
expect sweep of 2 runs
key u
expect undone: no sweep
key Ctrl-R Ctrl-R
expect sweep of 6 runs
key x
expect sweep of 3 runs
key u
expect sweep of 6 runs
:sweep off
key u
expect sweep of 6 runs
:sweep --over weight_decay=0..0.1 --over optim=sgd,adamw_torch --strategy random --trials 5 --seeds 1
expect sweep: random, 5 runs
:sweep learning_rate=1e-5..1e-4:log
key c
expect fettle sweep --over learning_rate=1e-5..1e-4:log --over weight_decay=0..0.1
expect --strategy random --trials 5 --seeds 1 --output_dir
key Esc
key :
keys sweep learning_rate=1e-3..1e-4
expect is empty
key Esc Esc
key :
keys sweep --strategy best
expect grid, random, halving or tpe
key Esc Esc
key :
keys sweep output_dir=a,b
expect output_dir
key Esc Esc
' $options

# stopped, and continued in another program
# shellcheck disable=SC2086
drive ':wait data
key 3 g Down *
keys 1e-4,1e-3
key Enter
:set output_dir stopped
key T y
:wait running
key s w
:wait sweep
expect :sweep resume stopped
' --open mail.csv --model starter --max_seq_length 24 --threads 1 --max_steps 4000
grep -q '"state":"stopped"' stopped/sweep.json || { echo "FAILED: the sweep is not stopped" && failed=1; }

# screen Runs: a row for a sweep; the sweep alone, best first; curves, options; back
run 0 sweep --data mail.csv --model starter --max_seq_length 24 --threads 1 --max_steps 12 --eval_steps 4 \
    --eval_strategy steps --over learning_rate=1e-5..1e-2:log --over optim=sgd,adamw_torch --strategy halving \
    --trials 5 --output_dir half
best=$(sed 's/.*"best":"\([^"]*\)".*/\1/' half/sweep.json | head -1)
drive ":wait data
key 7
:wait runs
expect half/ 5 runs, best ${best:0:12}
expect runs/mail-starter-sweep/ 4 runs, best
key /
keys half/
key Enter
expect Enter open sweep
key D
expect Enter lists them
key Enter
expect Sweep half: halving, 5 of 5 members done, done, best ${best:0:12}
expect out, rung 1
expect Compare validation accuracy
key v v v
expect accuracy by learning_rate, logarithmic
key v
expect accuracy by optim
key Esc
expect half/ 5 runs
"
finish
