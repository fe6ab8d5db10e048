# For the tests that inject faults: source it after lib.sh. $INJECT_SO is the library of
# tests/inject/inject.c, $POWER_CUT the program of power_cut.c.
so=${INJECT_SO:?set INJECT_SO to the library of tests/inject}
power_cut=${POWER_CUT:?set POWER_CUT to the program of tests/inject}
data=$PWD/assets/data/library-mail.csv
net=$PWD/tests/reference/nets/bert-classify/model
case $fettle in /*) ;; *) fettle=$PWD/$fettle ;; esac
case $so in /*) ;; *) so=$PWD/$so ;; esac
case $power_cut in /*) ;; *) power_cut=$PWD/$power_cut ;; esac
LD_PRELOAD=$so "$fettle" --version >/dev/null 2>&1 || {
    echo "SKIPPED: the program cannot be preloaded (sanitizers)"
    exit 0
}
cd "$tmp" || exit 1
head -n 60 "$data" >data.csv
options="--model $net --data data.csv --threads 1 --max_seq_length 32 --logging_steps 1
    --eval_strategy steps --eval_steps 3 --save_strategy steps --save_steps 2 --save_total_limit 2
    --per_device_train_batch_size 8 --learning_rate 1e-3 --max_steps 6"

# same_run RUN WHOLE: the same weights, predictions, scores and metrics but for times
same_run() {
    local f
    for f in model/model.safetensors predictions.jsonl eval.json; do
        cmp -s "$1/$f" "$2/$f" || { echo "FAILED: $what: other $f"; failed=1; return; }
    done
    metrics "$1" >a
    metrics "$2" | cmp -s a - || { echo "FAILED: $what: other metrics.jsonl"; failed=1; }
}
metrics() {
    sed -E 's/"(tokens_per_second|ms|rss_bytes|eval_runtime|train_runtime)":(\{[^}]*\}|[0-9.e+-]*),?//g' \
        "$1/metrics.jsonl"
}
# random_below N: the next of a seeded sequence of numbers, in $r
seed=${INJECT_SEED:-1}
random_below() {
    seed=$(((seed * 1103515245 + 12345) & 0x7fffffff))
    r=$(((seed >> 8) % $1))
}
