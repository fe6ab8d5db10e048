#!/usr/bin/env bash
# How fast each family trains, relative to BERT-base: `fettle bench step` on models with random weights in
# the published sizes, made with `fettle create`. Prints a Markdown table; RESULTS.md has one.
#   bench/families.sh [-f FETTLE] [-b BATCH] [-l LENGTH] [-r ROUNDS] [-k KEY=VALUE ..] [NAME ..]
# Without names all of them. bert-base is always measured, first and last; the others are compared with
# its faster one. A step's time is the processor's in the fastest round of one thread, which other programs hardly disturb.
# -k changes a key of every config.json (a JSON value). The vocabulary is small
# (2,000 tokens): rows of embeddings that a batch does not have cost no time in a step.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
fettle=$root/build/release/fettle batch=8 length=128 rounds=3 keys=
while getopts f:b:l:r:k: flag; do
    case $flag in
    f) fettle=$OPTARG ;;
    b) batch=$OPTARG ;;
    l) length=$OPTARG ;;
    r) rounds=$OPTARG ;;
    k) keys+=",\"${OPTARG%%=*}\": ${OPTARG#*=}" ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# name: what its config.json says beyond the defaults of its model_type
shapes() {
    cat <<'END'
bert-base "model_type": "bert"
distilbert-base "model_type": "distilbert"
minilm-l6 "model_type": "bert", "hidden_size": 384, "num_hidden_layers": 6, "intermediate_size": 1536
roberta-base "model_type": "roberta", "max_position_embeddings": 514
xlm-roberta-base "model_type": "xlm-roberta", "max_position_embeddings": 514
mpnet-base "model_type": "mpnet", "max_position_embeddings": 514
electra-small "model_type": "electra"
electra-base "model_type": "electra", "embedding_size": 768, "hidden_size": 768, "num_attention_heads": 12, "intermediate_size": 3072
albert-base "model_type": "albert", "hidden_size": 768, "num_attention_heads": 12, "intermediate_size": 3072
deberta-v3-small "model_type": "deberta-v2", "num_hidden_layers": 6, "hidden_size": 768, "num_attention_heads": 12, "intermediate_size": 3072, "relative_attention": true, "position_buckets": 256, "norm_rel_ebd": "layer_norm", "share_att_key": true, "pos_att_type": "p2c|c2p", "position_biased_input": false, "type_vocab_size": 0
deberta-v3-base "model_type": "deberta-v2", "num_hidden_layers": 12, "hidden_size": 768, "num_attention_heads": 12, "intermediate_size": 3072, "relative_attention": true, "position_buckets": 256, "norm_rel_ebd": "layer_norm", "share_att_key": true, "pos_att_type": "p2c|c2p", "position_biased_input": false, "type_vocab_size": 0
ettin-17m "model_type": "modernbert", "num_hidden_layers": 7, "hidden_size": 256, "num_attention_heads": 4, "intermediate_size": 384
ettin-32m "model_type": "modernbert", "num_hidden_layers": 10, "hidden_size": 384, "num_attention_heads": 6, "intermediate_size": 576
ettin-68m "model_type": "modernbert", "num_hidden_layers": 19, "hidden_size": 512, "num_attention_heads": 8, "intermediate_size": 768
modernbert-base "model_type": "modernbert"
END
}

number() { # KEY: a number of bench's JSON
    sed -n "s/.*\"$1\": *\([0-9.e+-]*\).*/\1/p" "$work/bench.json" | head -n 1
}

measure() { # NAME: sets ms and speed
    local name=$1 config
    config=$(shapes | sed -n "s/^$name //p")
    [ -n "$config" ] || { echo "error: $name: no such shape" >&2; exit 1; }
    if [ ! -d "$work/$name" ]; then
        echo "{$config$keys}" >"$work/config.json"
        "$fettle" create --config "$work/config.json" --text "$root/assets/data/library-mail.csv" \
            --vocab_size 2000 --output "$work/$name" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
    fi
    "$fettle" bench step --model "$work/$name" --task classify --max_seq_length "$length" \
        --per_device_train_batch_size "$batch" --rounds "$rounds" --threads 1 --json \
        >"$work/bench.json" 2>"$work/log" || { cat "$work/log" >&2; exit 1; }
    ms=$(sed -n 's/.*"cpu_ms_range": *\[\([0-9.e+-]*\).*/\1/p' "$work/bench.json" | head -n 1)
    speed=$(awk -v ms="$ms" -v n=$((batch * length)) 'BEGIN { print 1000 * n / ms }')
}

names=("$@")
[ $# -gt 0 ] || mapfile -t names < <(shapes | cut -d' ' -f1 | grep -v '^bert-base$')
lines=()
measure bert-base
first=$speed
lines+=("bert-base $(number parameters) $ms $speed $(number products_share) $(number rss_bytes)")
for name in "${names[@]}"; do
    measure "$name"
    lines+=("$name $(number parameters) $ms $speed $(number products_share) $(number rss_bytes)")
    rm -rf "${work:?}/$name"
done
measure bert-base
printf '| shape (%s x %s tokens) | parameters | step | tokens/s | products | memory | speed |\n' "$batch" "$length"
printf '| --- | --- | --- | --- | --- | --- | --- |\n'
printf '%s\n' "${lines[@]}" | awk -v first="$first" -v last="$speed" '{
    printf "| %s | %.1f M | %.0f ms | %.0f | %.0f %% | %.2f GB | %.2f |\n", $1, $2 / 1e6, $3, $4,
        $5 <= 1 ? 100 * $5 : $5, $6 / 1e9, $4 / (first > last ? first : last)
}'
