# A run that is stopped by a signal, or killed at any moment, and resumed: the same bytes as one that
# was not, and nothing left over.
. tests/cli/lib.sh

data=$PWD/assets/data/library-mail.csv
qa=$PWD/assets/data/harbour-qa.json
nets=$PWD/tests/reference/nets
net=$nets/bert-classify/model
case $fettle in /*) ;; *) fettle=$PWD/$fettle ;; esac
cd "$tmp" || exit 1
options="--model $net --data $data --threads 1 --max_seq_length 48 --num_train_epochs 2
    --learning_rate 1e-3 --logging_steps 3 --eval_strategy steps --eval_steps 10
    --save_strategy steps --save_steps 10 --per_device_train_batch_size 8"

# metrics.jsonl without times and memory
plain() {
    sed -E 's/"(tokens_per_second|ms|rss_bytes|eval_runtime|train_runtime)":(\{[^}]*\}|[0-9.e+-]*),?//g' \
        "$1/metrics.jsonl"
}
# files of a run, for the comparison of names: nothing more, nothing less
names() { (cd "$1" && find . | sort); }
# same RUN WHOLE: the one that was interrupted, and one that was not
same() {
    plain "$1" >a
    plain "$2" | cmp a - || { echo "FAILED: $1: other metrics"; failed=1; }
    for f in model/model.safetensors predictions.jsonl eval.json; do
        cmp "$1/$f" "$2/$f" || { echo "FAILED: $1: other $f"; failed=1; }
    done
    names "$2" >names
    names "$1" | diff - names || { echo "FAILED: $1: other files"; failed=1; }
}
# shellcheck disable=SC2086 # the options are words
run 0 train $options --output_dir whole
[ "$(plain whole | grep -c '"loss"')" = 51 ] || { echo "FAILED: metrics of the whole run"; failed=1; }

# waits until the run has got to a line of metrics.jsonl, so that no moment depends on the machine
lines() {
    local i=0
    while [ "$(cat "$1/metrics.jsonl" 2>/dev/null | wc -l)" -lt "$2" ] && [ $i -lt 3000 ]; do
        sleep 0.01
        i=$((i + 1))
    done
}
for s in INT:130 TERM:143 HUP:129; do
    # shellcheck disable=SC2086 # a shell's background jobs have SIGINT ignored
    env --default-signal=INT "$fettle" train $options --output_dir "${s%:*}" >out 2>err </dev/null &
    pid=$!
    lines "${s%:*}" 6
    kill "-${s%:*}" $pid
    wait $pid
    rc=$?
    [ $rc = "${s#*:}" ] || { echo "FAILED: SIG${s%:*}: exit $rc"; cat err; failed=1; }
    has err "resume with: fettle train --resume ${s%:*}"
    grep -q '"state": "stopped"' "${s%:*}/run.json" || { echo "FAILED: state"; failed=1; }
    run 0 train --resume "${s%:*}"
    grep -q '"kind": "resumed"' "${s%:*}/run.json" || { echo "FAILED: the break"; failed=1; }
    same "${s%:*}" whole
done
# killed between saving a checkpoint and removing the one before: resuming removes it
# shellcheck disable=SC2086
run 0 train $options --save_total_limit 1 --eval_strategy no --output_dir left
last=$(basename left/checkpoint-*)
cp -r "left/$last" left/checkpoint-9
run 0 train --resume left
[ "$(cd left && echo checkpoint-*)" = "$last" ] || { echo "FAILED: an old checkpoint was left"; failed=1; }

# killed NAME LINES WHOLE OPTIONS..: killed when metrics.jsonl has so many lines, and resumed
killed() {
    local name=$1 n=$2 whole=$3
    shift 3
    "$fettle" train "$@" --output_dir "$name" >out 2>err </dev/null &
    pid=$!
    lines "$name" "$n"
    kill -9 $pid
    wait $pid 2>/dev/null
    : >"$name/run.json.tmp.$pid" # as if it had been killed while it wrote the file
    run 0 train --resume "$name"
    same "$name" "$whole"
}
for n in 1 4 9 20 50; do
    # shellcheck disable=SC2086
    killed "k$n" $n whole $options
done

# the same of the other tasks
printf '%s' "$(cut -d, -f1 "$data")" >lines.txt
common="--threads 1 --logging_steps 1 --save_strategy steps --save_steps 4 --eval_strategy steps
    --eval_steps 6 --max_steps 24 --per_device_train_batch_size 4 --learning_rate 1e-3 --dropout 0.1"
for task in qa:bert-qa mlm:bert-mlm clm:gpt2-clm; do
    case $task in
    qa:*) more="--data $qa --max_seq_length 48 --doc_stride 8" ;;
    *) more="--data lines.txt --block_size 32" ;;
    esac
    more="--task ${task%:*} --model $nets/${task#*:}/model $more $common"
    # shellcheck disable=SC2086
    run 0 train $more --output_dir "${task%:*}"
    for n in 2 7 15; do
        # shellcheck disable=SC2086
        killed "${task%:*}$n" $n "${task%:*}" $more
    done
done

# the start of a run is its first one
export FETTLE_CLOCK=1000000000
# shellcheck disable=SC2086
run 0 train $options --output_dir first --max_steps 2
FETTLE_CLOCK=1000009999 run 0 train --resume first --max_steps 4
grep -q '"started": "2001-09-09T01:46:40Z"' first/run.json || { echo "FAILED: started"; failed=1; }
grep -q '"updated": "2001-09-09T04:' first/run.json || { echo "FAILED: updated"; failed=1; }
unset FETTLE_CLOCK

# data that has changed since: refused, and the run stays as it was
cp "$data" changing.csv
# shellcheck disable=SC2086
run 0 train ${options/$data/changing.csv} --output_dir moved --max_steps 20
cp moved/run.json before.json
echo 'One more text.,loan' >>changing.csv
run 1 train --resume moved --max_steps 30
has err "changing.csv: has changed since moved was started"
cmp before.json moved/run.json || failed=1
cp "$data" changing.csv
run 0 train --resume moved --max_steps 30

# names that are not UTF-8: run.json has their bytes, for resuming and forking
odd=$(printf 'caf\351 50%%')
mkdir "$odd"
cp "$data" "$odd/mail.csv"
cp -r "$net" "$odd/net"
# shellcheck disable=SC2086
run 0 train ${options/$data/X} --data "$odd/mail.csv" --model "$odd/net" --output_dir "$odd/run" --max_steps 20
grep -q '"value_bytes": "caf%E9 50%25/mail.csv"' "$odd/run/run.json" || { echo "FAILED: bytes"; failed=1; }
run 0 train --resume "$odd/run" --max_steps 30
run 0 train --fork "$odd/run@20" --output_dir forked --max_steps 30
run 0 train --resume forked --max_steps 40
run 0 eval --model "$odd/run" --data "$odd/mail.csv" --json
run 0 runs "$odd" --json

# a damaged run.json: one line that names it; runs lists the run as unreadable
for json in '' '{' '[]' '{}' '{"options":{"data":{"value_bytes":"%"}}}' '{"options":3}' \
    '{"options":{"seed":{"value":"x","given":true}}}'; do
    printf '%s' "$json" >moved/run.json
    run 1 train --resume moved
    has err "moved/run.json"
    [ "$(wc -l <"$tmp/err")" = 1 ] || { echo "FAILED: $json: more than one line"; failed=1; }
    run 1 train --fork moved@20 --output_dir forked2
    has err "moved/run.json"
    run 0 runs . --json
    has out '"moved"'
done
run 1 train --resume nowhere
has err "nowhere"
finish
