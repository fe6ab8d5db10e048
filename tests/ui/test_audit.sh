# An audit from the workbench: asked about with its cost, queued, trained by a process in the background, past
# kill -9 of that process; its list opened, labels accepted and kept, trained again; and what cannot be audited.
. tests/cli/lib.sh
export XDG_STATE_HOME=$tmp/state XDG_CONFIG_HOME=$tmp/state
case $fettle in /*) ;; *) fettle=$PWD/$fettle ;; esac
data=$PWD/assets/data/library-mail.csv
qa=$PWD/assets/data/harbour-qa.json
model=$PWD/tests/assets/models/starter
trap 'for p in $left; do kill -9 "$p" 2>/dev/null; done; rm -rf "$tmp"' EXIT
left=
cd "$tmp" || exit 1
cp "$data" mail.csv

drive() {
    printf '%s\n' "$1" >script
    shift
    "$fettle" ui --size 100x30 "$@" --script script >out 2>err </dev/null && return
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
runner() { "$fettle" queue 2>&1 | sed -n 's/.*process \([0-9]*\) works.*/\1/p'; }
no_runner() { [ -z "$(runner)" ]; }
trained() { [ -f "runs/mail-starter-audit/fold-$1/eval.json" ]; }
settings=":wait data
:set threads 1
:set max_seq_length 16
:set max_steps 30"

# nothing is made before it is agreed to, nor without a model, nor for other tasks
drive "$settings
:audit run 2
expect model" --open mail.csv
head -n 20 mail.csv >few.csv
drive "$settings
:audit run 1
expect expected 2 to 100 folds
key Esc
:audit run x
expect expected 2 to 100 folds
key Esc
:audit run 3
:wait audit
expect audit: 3 models, 90 steps
key Esc
:wait audited
key a
:wait doubts
expect no audit of mail.csv" --open mail.csv --model "$model"
[ ! -e runs ] || {
    echo "FAILED: something was made"
    failed=1
}
drive ":wait data
:audit run
expect one label per row" --open "$qa" --model "$model"
drive "$settings
:audit run 60
:wait audit
expect error
expect fold" --open few.csv --model "$model"


# queued and trained while the workbench goes; its runner is killed and starts again
drive "$settings
:audit run 3
:wait audit
key y
expect is queued
key 7
expect Queue 1
expect audit, " --open mail.csv --model "$model"
until_true 60 trained 1
pid=$(runner)
left=$pid
[ -n "$pid" ] && kill -9 "$pid" $(ps -o pid= --ppid "$pid") 2>/dev/null
until_true 20 no_runner
grep -q '"kind":"audit"' runs/queue.json || {
    echo "FAILED: the audit is not queued"
    cat runs/queue.json
    failed=1
}
drive ":wait data
key 7
expect Queue 1
:queue-run
key 1
:wait audited
expect mail-starter-audit is done: a on screen Data lists the doubtful labels
key a
:wait doubts
expect Doubtful labels 0 decided of
key x
expect Doubtful labels 1 decided of
key Space
expect Doubtful labels 2 decided of
:wait data" --open mail.csv --model "$model"
[ "$(wc -l <mail.csv.edits.jsonl) $(grep -c '"kept":true' mail.csv.edits.jsonl)" = "2 1" ] || {
    echo "FAILED: not one edit and one mark"
    cat mail.csv.edits.jsonl
    failed=1
}
# as the command has it, with the same bytes
run 0 audit --data mail.csv --model "$model" --folds 3 --output_dir again --threads 1 --max_seq_length 16 \
    --max_steps 30
cmp again/labels.jsonl runs/mail-starter-audit/labels.jsonl || failed=1

# the next one has another folder; one that fails says why
drive "$settings
:audit run 2
:wait audit
key y
:wait audited
expect mail-starter-audit-2 is done" --open mail.csv --model "$model"
[ -f runs/mail-starter-audit-2/labels.jsonl ] || failed=1
until_true 20 no_runner
printf '%s' '{"version":1,"next":2,"entries":[{"id":1,"kind":"audit","state":"waiting","dir":"runs/gone-audit",
"folds":3,"options":{"data":{"value":"gone.csv","given":true},"model":{"value":"'"$model"'","given":true},
"output_dir":{"value":"runs/gone-audit","given":true}}}]}' >runs/queue.json
drive ":wait data
key 7
expect audit, 3 folds
:queue-run
key 1
:wait audited
expect gone-audit failed: gone.csv
key 7
expect failed" --open mail.csv --model "$model"
until_true 20 no_runner
finish
