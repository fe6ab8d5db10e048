#!/usr/bin/env bash
# For each family and task: a small new model is trained a little and saved by fettle, then loaded in
# transformers and compared (check_saved_model.py). Needs torch and transformers:
#   PYTHON=venv/bin/python tools/check_saved_models.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
fettle=${FETTLE:-build/release/fettle}
python=${PYTHON:-python3}
at=$(mktemp -d)
trap 'rm -rf "$at"' EXIT
bert='"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 128'
declare -A config=(
    [bert]="$bert, \"max_position_embeddings\": 384"
    [roberta]="$bert, \"max_position_embeddings\": 386, \"type_vocab_size\": 1"
    [distilbert]='"dim": 64, "n_layers": 2, "n_heads": 4, "hidden_dim": 128, "max_position_embeddings": 384'
    [gpt2]='"n_embd": 64, "n_layer": 2, "n_head": 4, "n_positions": 128')
declare -A data=(
    [classify]=library-mail.csv [qa]=harbour-qa.json [mlm]=ferry-year.txt [clm]=ferry-year.txt)
for family in bert roberta distilbert gpt2; do
    echo "{\"model_type\": \"$family\", ${config[$family]}}" >"$at/$family.json"
    "$fettle" create --config "$at/$family.json" --text assets/data/library-mail.csv \
        --vocab_size 1000 --output "$at/$family" >/dev/null
    tasks='classify qa mlm'
    [ "$family" != gpt2 ] || tasks='classify clm'
    for task in $tasks; do
        run=$at/$family-$task
        "$fettle" train --model "$at/$family" --task "$task" --data "assets/data/${data[$task]}" \
            --learning_rate 1e-3 --max_steps 30 --save_strategy no --output_dir "$run" >"$run.log" 2>&1 ||
            { cat "$run.log" && exit 1; }
        "$python" tools/check_saved_model.py "$run/model" --fettle "$fettle" >"$run.log" 2>&1 ||
            { cat "$run.log" && exit 1; }
        echo "$family $task: $(grep -E 'differ' "$run.log")"
    done
done
