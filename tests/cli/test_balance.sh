# --balance_tokens: batches of about the same number of tokens. As many updates and tokens in an epoch as without, steps
# of more even size; stopped and resumed to the same bytes; gradient accumulation; refused with a teacher and on resume.
. tests/cli/lib.sh

cat >"$tmp/config.json" <<'JSON'
{"model_type":"bert","hidden_size":48,"num_hidden_layers":2,"num_attention_heads":4,"intermediate_size":96,
 "max_position_embeddings":64}
JSON
data=assets/data/library-mail.csv
run 0 create --config "$tmp/config.json" --text $data --vocab_size 500 --output "$tmp/start"
how="--model $tmp/start --data $data --limit 230 --split 1,0,0 --eval_strategy no --num_train_epochs 2 --max_seq_length 64
    --per_device_train_batch_size 4 --logging_steps 1 --threads 2 --learning_rate 1e-3"

tokens() { grep -o '"tokens":[0-9]*' "$tmp/$1/metrics.jsonl" | cut -d: -f2; } # after each update
# spread RUN: largest over smallest number of tokens of an update, in hundredths; all tokens; updates
spread() {
    tokens "$1" | awk 'NR == 1 { low = $1 } { n = $1 - all; all = $1; if (n > high) high = n; if (n < low) low = n }
        END { print int(100 * high / low), all, NR }'
}
for strategy in random group_by_length; do
    run 0 train $how --train_sampling_strategy $strategy --save_strategy no --output_dir "$tmp/$strategy"
    run 0 train $how --train_sampling_strategy $strategy --save_strategy no --balance_tokens true \
        --output_dir "$tmp/even-$strategy"
    echo "$(spread $strategy) $(spread even-$strategy)" | awk '{ exit !($2 == $5 && $3 == $6 && $6 > 100 && $4 < 0.75 * $1) }' ||
        { echo "FAILED: $strategy: $(spread $strategy), balanced $(spread even-$strategy)"; failed=1; }
done

plain() {
    sed -E 's/"(tokens_per_second|ms|rss_bytes|eval_runtime|train_runtime)":(\{[^}]*\}|[0-9.e+-]*),?//g' \
        "$1/metrics.jsonl"
}
more="--train_sampling_strategy group_by_length --balance_tokens true --gradient_accumulation_steps 3 --save_strategy steps --save_steps 5"
run 0 train $how $more --output_dir "$tmp/whole"
"$fettle" train $how $more --output_dir "$tmp/killed" >/dev/null 2>&1 </dev/null &
pid=$!
for ((i = 0; i < 3000; i++)); do
    [ "$(cat "$tmp/killed/metrics.jsonl" 2>/dev/null | wc -l)" -ge 12 ] && break
    sleep 0.01
done
kill -9 $pid 2>/dev/null
wait $pid 2>/dev/null
run 2 train --resume "$tmp/killed" --balance_tokens false
has err "balance_tokens cannot be changed on resume"
run 0 train --resume "$tmp/killed"
plain "$tmp/killed" >"$tmp/a"
plain "$tmp/whole" | cmp "$tmp/a" - || { echo "FAILED: the resumed run logs other numbers"; failed=1; }
cmp "$tmp/killed/model/model.safetensors" "$tmp/whole/model/model.safetensors" ||
    { echo "FAILED: the resumed run has other weights"; failed=1; }

run 1 train $how --balance_tokens true --teacher "$tmp/whole" --output_dir "$tmp/no"
has err "balance_tokens with a teacher is not supported"
finish
