#!/usr/bin/env bash
# What a sweep takes beyond its runs: the same runs in a sweep and each by itself (`fettle train`), in turn, in a folder
# in memory, so that no disk is measured. usage: bench/sweep_overhead.sh PROGRAM ROUNDS MODEL DATA MEMBERS [options of
# train]
set -euo pipefail
fettle=$1 rounds=$2 model=$3 data=$4 members=$5
shift 5
dir=$(mktemp -d "${FETTLE_BENCH_DIR:-/dev/shm}/sweep.XXXXXX")
trap 'rm -rf "$dir"' EXIT
options=(--model "$model" --data "$data" --save_total_limit 1 "$@")
# times COMMAND..: "elapsed cpu" seconds
times() {
    local TIMEFORMAT='%R %U %S'
    { time "$@" >/dev/null 2>"$dir/err"; } 2>&1 | awk '{ printf "%.3f %.3f\n", $1, $2 + $3 }'
}
alone() {
    for i in $(seq "$members"); do
        "$fettle" train "${options[@]}" --learning_rate "${i}e-5" --output_dir "$dir/alone/$i"
    done
}
values=$(seq -s, -f '%ge-5' "$members")
for round in $(seq "$rounds"); do
    rm -rf "$dir/sweep" "$dir/alone"
    sweep=$(times "$fettle" sweep "${options[@]}" --over "learning_rate=$values" --output_dir "$dir/sweep")
    runs=$(times alone)
    for i in $(seq "$members"); do
        for f in model/model.safetensors eval.json predictions.jsonl baseline.json; do
            cmp "$dir/sweep/${i}_lr${i}e-5/$f" "$dir/alone/$i/$f"
        done
    done
    echo "$round $sweep $runs" | awk '{ printf "round %d: sweep %.2f s (cpu %.2f), runs by themselves %.2f s (cpu %.2f): %+.1f %% (cpu %+.1f %%)\n",
        $1, $2, $3, $4, $5, 100 * ($2 / $4 - 1), 100 * ($3 / $5 - 1) }'
done
