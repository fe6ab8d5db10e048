#!/usr/bin/env bash
# Makes assets/models/minilm-l4, the encoder that ships with fettle, with fettle's own commands:
#   tools/make_encoder.sh WORK [SHARED]     WORK: a folder for texts and runs; SHARED: default ../shared
# SHARED holds models/minilm-l6 (all-MiniLM-L6-v2, Apache-2.0) and data/{corpus,imdb,squad}. Nothing but
# unlabelled text is used. Stopped at any moment, it goes on where it was when it is started again.
# STEPS and DECAY are the optimiser steps with a constant and with a falling learning rate; the folder's
# README.md says how many the committed weights have had and what they score.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=${1:?usage: tools/make_encoder.sh WORK [SHARED]}
shared=$(realpath "${2:-../shared}")
fettle=$(realpath "${FETTLE:-build/release/fettle}")
teacher=$shared/models/minilm-l6
steps=${STEPS:-4600} decay=${DECAY:-3200}
mkdir -p "$work"

# Numbers for shuf that are the same each time.
seeded() { openssl enc -aes-256-ctr -pass "pass:$1" -nosalt </dev/zero 2>/dev/null || true; }

# reviews LEAST MOST: reviews without markup, cut at sentence ends into pieces of so many words.
# contexts: each SQuAD context once.
reviews() {
    xz -dc "$shared/data/imdb/imdb_unsup.txt.xz" | sed -E 's/<br *\/?>/ /g' |
        awk -v least="$1" -v most="$2" '{
        n = split($0, w, /[ \t]+/); line = ""; c = 0
        for (i = 1; i <= n; i++) {
            line = line (c ? " " : "") w[i]; c++
            if ((c >= least && w[i] ~ /[.!?]["\x27)]?$/) || c >= most) { print line; line = ""; c = 0 }
        }
        if (c >= 4) print line }'
}
contexts() {
    for part in v1.1 v2.0; do
        grep -oE '"context": ?"([^"\\]|\\.)*"' "$shared/data/squad/squad-$part-train.json" |
            sed -E 's/^"context": ?"(.*)"$/\1/; s/\\"/"/g; s/\\n/ /g'
    done | sort -u
}

# 1. Texts: all of them decide which tokens are kept; a sample of 300,000, mostly single sentences (as
#    most texts are that people classify), is trained on.
if [ ! -f "$work/train.txt" ]; then
    xz -dc "$shared/data/corpus/train.txt.xz" >"$work/corpus.txt"
    contexts >"$work/contexts.txt"
    {
        cat "$work/corpus.txt"
        reviews 48 96
        cat "$work/contexts.txt"
    } >"$work/all.txt"
    reviews 8 40 >"$work/sentences.txt"
    {
        awk 'length($0) > 0 && NF <= 40' "$work/corpus.txt" | shuf --random-source=<(seeded 1) -n 130000
        awk 'NF > 40' "$work/corpus.txt" | shuf --random-source=<(seeded 2) -n 35000
        shuf --random-source=<(seeded 3) -n 130000 "$work/sentences.txt"
        fold -s -w 300 "$work/contexts.txt" | awk 'length($0) > 60'
    } >"$work/train.tmp"
    head -n 200 "$shared/data/corpus/held.txt" >"$work/held.txt"
    mv "$work/train.tmp" "$work/train.txt"
fi

# 2. Four of the teacher's six layers and its 13,000 most frequent tokens. Of the choices with four
#    layers this one is nearest to the teacher's hidden states before any training.
[ -d "$work/student" ] || "$fettle" create --from "$teacher" --keep_layers 0,2,4,5 \
    --keep_tokens_of "$work/all.txt" --vocab_size 13000 --output "$work/student"

# train DIR OPTIONS..: begins the run, or resumes it
train() {
    local dir=$1
    shift
    if [ -f "$dir/run.json" ]; then
        "$fettle" train --resume "$dir"
    else
        "$fettle" train --output_dir "$dir" "$@"
    fi
}

# 3. The teacher's last hidden states as targets, at a constant learning rate, then a falling one.
train "$work/constant" --model "$work/student" --teacher "$teacher" --data "$work/train.txt" \
    --validation "$work/held.txt" --max_seq_length 64 --per_device_train_batch_size 32 --dropout 0 \
    --learning_rate 3e-4 --warmup_steps 40 --lr_scheduler_type constant_with_warmup --max_steps "$steps" \
    --logging_steps 20 --eval_strategy steps --eval_steps 200 --save_strategy steps --save_steps 200
total=$((steps + decay))
rate=$(awk "BEGIN { printf \"%.4g\", 3e-4 * ($total - 40) / $decay }") # 3e-4 at the first of these steps
train "$work/decay" --fork "$work/constant@$steps" --lr_scheduler_type linear --learning_rate "$rate" \
    --max_steps "$total"

# 4. The model, as bf16.
rm -rf "$work/bf16"
"$fettle" create --from "$work/decay" --dtype bf16 --output "$work/bf16"
cp "$work/bf16"/* assets/models/minilm-l4/
