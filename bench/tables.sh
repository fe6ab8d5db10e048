#!/usr/bin/env bash
# Prints the tables of speed of bench/RESULTS.md, each with the command that made it: a training step, its share of
# matrix products, how it scales, inference against ONNX Runtime, training against PyTorch. 13 minutes on two idle cores.
#
#     bench/tables.sh [--quick] MODEL DATA.csv [PYTHON] >tables.md
#
# MODEL: a small BERT classifier's folder, or one without a head. DATA: a file with texts and labels, some of at least
# 256 tokens. PYTHON has torch, transformers, onnx and onnxruntime; without it the comparisons are left out. --quick:
# fewer repeats, without the largest runs.
set -euo pipefail
cd "$(dirname "$0")/.."
quick=
[ "${1-}" = --quick ] && { quick=1; shift; }
[ $# -ge 2 ] || { sed -n 's/^#     //p' "$0" >&2; exit 2; }
model=$1 data=$2 python=${3-}
fettle=${FETTLE:-build/release/fettle}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

load() { cut -d' ' -f1 /proc/loadavg; }
# shown TITLE COMMAND..: the command, and what it says
shown() {
    local title=$1 shown
    shift
    shown=${*//$tmp\//}
    printf '\n## %s\n\nload %s, %s\n\n' "$title" "$(load)" "$(date '+%F %H:%M')"
    printf '    %s\n' "$shown"
    "$@" 2>"$tmp/err" >"$tmp/out" || { cat "$tmp/err" >&2; echo "FAILED"; return; }
    echo
    sed 's/^\( *[^| ]\)/    \1/' "$tmp/out"
}
step() { # TITLE OPTIONS..
    local title=$1
    shift
    shown "$title" "$fettle" bench step --task classify "$@"
}

processor=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)
printf '%s, %s processors, %s\n\n' "$processor" "$(nproc)" "$(date '+%F %H:%M')"
"$fettle" --version
git log -1 --format='commit %h of %cs' 2>/dev/null || true
rounds=5
[ "$quick" ] && rounds=2

step "A training step of MiniLM" --model "$model" --max_seq_length 256 --rounds $rounds
step "The same, one thread" --model "$model" --max_seq_length 256 --rounds 2 --threads 1
shown "How a step grows" "$fettle" bench scale --model "$model" --task classify --max_seq_length 256 --rounds 2
base=
if [ "$python" ]; then
    "$python" bench/compare/make_bert_base.py "$tmp/bert-base" "$model" >/dev/null 2>&1
    base=$tmp/bert-base
    [ "$quick" ] || step "A training step of BERT-base" --model "$base" --max_seq_length 256 --rounds 1
    repeats=3
    [ "$quick" ] && repeats=1
    for m in "$model" "$base"; do
        shown "Inference" "$python" bench/compare/inference.py --fettle "$fettle" --model "$m" --repeats $repeats
    done
    shown "Training of MiniLM against PyTorch" "$python" bench/compare/training.py --fettle "$fettle" --model "$model" \
        --data "$data" --random --steps 6 --repeats $((repeats - 1 > 0 ? repeats - 1 : 1))
    [ "$quick" ] || shown "Training of BERT-base against PyTorch" "$python" bench/compare/training.py \
        --fettle "$fettle" --model "$base" --data "$data" --per_device_train_batch_size 8 --steps 2 --repeats 1
else
    shown "Inference" "$fettle" bench predict throughput --model "$model" --task classify --rounds 9
fi
