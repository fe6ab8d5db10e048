# --precision bf16: without avx512_bf16, AMX or oneDNN a line says so and fp32 is used. With it (emulated here,
# FETTLE_BF16=emulate) training, killed and resumed too, evaluation, predictions, embeddings and generation: nearly the
# numbers of fp32, the same ones every time; weights are saved in fp32.
. tests/cli/lib.sh

cat >"$tmp/config.json" <<'JSON'
{"model_type":"bert","hidden_size":48,"num_hidden_layers":2,"num_attention_heads":4,"intermediate_size":96,
 "max_position_embeddings":64}
JSON
data=assets/data/library-mail.csv
run 0 create --config "$tmp/config.json" --text $data --vocab_size 500 --output "$tmp/start"
how="--model $tmp/start --data $data --limit 200 --num_train_epochs 2 --learning_rate 1e-3 --max_seq_length 32
    --logging_steps 1 --threads 2"

# without it: fp32, and why
unset FETTLE_BF16
run 0 doctor
if grep -q "bf16 products *none: " "$tmp/out"; then
    why=$(sed -n 's/.*bf16 products *none: //p' "$tmp/out")
    run 0 train $how --precision bf16 --max_steps 2 --save_strategy no --output_dir "$tmp/without"
    has err "precision bf16: $why; fp32 is used"
    grep -q '"precision": "fp32"' "$tmp/without/run.json" || { echo "FAILED: run.json does not say fp32"; failed=1; }
    run 0 predict --model "$tmp/without" --text "the book is late" --precision bf16
    has err "precision bf16: $why; fp32 is used"
    run 0 bench step --model "$tmp/start" --task classify --rounds 1 --precision bf16 --json
    has out '"precision":"fp32"'
fi

export FETTLE_BF16=emulate
run 0 doctor
has out "emulated, slower than fp32"
run 0 bench step --model "$tmp/start" --task classify --rounds 1 --precision bf16 --json
has out '"precision":"bf16"'
run 0 bench predict --model "$tmp/without" --rounds 1
has out "12 tokens, bf16"

plain() {
    sed -E 's/"(tokens_per_second|ms|rss_bytes|eval_runtime|train_runtime)":(\{[^}]*\}|[0-9.e+-]*),?//g' \
        "$1/metrics.jsonl"
}
same() { # RUN RUN: metrics and weights
    plain "$tmp/$1" >"$tmp/a"
    plain "$tmp/$2" | cmp "$tmp/a" - || { echo "FAILED: $1 and $2 log different numbers"; failed=1; }
    cmp "$tmp/$1/model/model.safetensors" "$tmp/$2/model/model.safetensors" ||
        { echo "FAILED: $1 and $2 have different weights"; failed=1; }
}
run 0 train $how --precision fp32 --save_strategy no --output_dir "$tmp/fp32"
run 0 train $how --precision bf16 --save_strategy no --output_dir "$tmp/bf16"
run 0 train $how --precision bf16 --save_strategy no --output_dir "$tmp/again"
run 0 train $how --precision bf16 --save_strategy no --gradient_checkpointing true --output_dir "$tmp/checkpointing"
same bf16 again
same bf16 checkpointing
cmp -s "$tmp/bf16/model/model.safetensors" "$tmp/fp32/model/model.safetensors" &&
    { echo "FAILED: bf16 was not used"; failed=1; }
grep -q '"precision": "bf16"' "$tmp/bf16/run.json" || { echo "FAILED: run.json does not say bf16"; failed=1; }
# losses step by step, and the last one
losses() { grep -o '"loss":[^,]*' "$tmp/$1/metrics.jsonl" | cut -d: -f2; }
paste <(losses fp32) <(losses bf16) | awk '
    { d = $1 - $2; if (d < 0) d = -d; if (d > most) most = d; n++ }
    END { exit !(n == 20 && most < 0.03) }' || { echo "FAILED: losses"; paste <(losses fp32) <(losses bf16); failed=1; }
# weights are fp32: many of their lower halves are not 0
run 0 inspect "$tmp/bf16/model" --json
has out '"dtype":"F32"'
tail -c 4000 "$tmp/bf16/model/model.safetensors" | od -An -v -tx2 -w4 | awk '$1 != "0000" { n++ } END { exit !(n > 500) }' ||
    { echo "FAILED: the saved weights are rounded to bf16"; failed=1; }

# killed, and resumed with the precision that the run has; another one is reported
"$fettle" train $how --precision bf16 --save_strategy steps --save_steps 3 --output_dir "$tmp/killed" \
    >/dev/null 2>&1 </dev/null &
pid=$!
for ((i = 0; i < 3000; i++)); do
    [ "$(cat "$tmp/killed/metrics.jsonl" 2>/dev/null | wc -l)" -ge 8 ] && break
    sleep 0.01
done
kill -9 $pid 2>/dev/null
wait $pid 2>/dev/null
cp -r "$tmp/killed" "$tmp/changed"
run 0 train --resume "$tmp/killed"
run 0 train $how --precision bf16 --save_strategy steps --save_steps 3 --output_dir "$tmp/steps"
same killed steps
run 0 train --resume "$tmp/changed" --precision fp32 --threads 1
has err "precision: bf16 until now, fp32 from here on; results are no longer bit-identical"
has err "threads: 2 until now, 1 from here on"
grep -q '"precision": "fp32"' "$tmp/changed/run.json" || { echo "FAILED: run.json after the change"; failed=1; }

# predictions: near those of fp32, the same alone, in a file and with other threads
logits() { # options of predict, in words
    run 0 predict --model "$tmp/bf16" --text "the book is late" --json $1
    sed 's/.*"logits":\[\([^]]*\)\].*/\1/' "$tmp/out" | tr ',' ' '
}
fp32=$(logits "")
bf16=$(logits "--precision bf16 --threads 1")
[ "$fp32" != "$bf16" ] || { echo "FAILED: bf16 was not used"; failed=1; }
[ "$(logits "--precision bf16 --threads 3")" = "$bf16" ] || { echo "FAILED: threads change the logits"; failed=1; }
echo "$fp32 $bf16" | awk '{
    for (i = 1; i <= NF / 2; i++) {
        d = $i - $(NF / 2 + i); if (d < 0) d = -d
        if (d > most) most = d
    }
    exit !(most < 0.05) }' || { echo "FAILED: bf16 $bf16, fp32 $fp32"; failed=1; }
printf 'text\nthe book is late\nanother text, a longer one, about nothing\n' >"$tmp/two.csv"
run 0 predict --model "$tmp/bf16" --input "$tmp/two.csv" --json --precision bf16
[ "$(head -n 1 "$tmp/out" | sed 's/.*"logits":\[\([^]]*\)\].*/\1/' | tr ',' ' ')" = "$bf16" ] ||
    { echo "FAILED: a text alone and in a file differ"; failed=1; }
accuracy() {
    run 0 eval --model "$tmp/bf16" --data $data --limit 200 --json --precision "$1"
    sed 's/.*"accuracy":\([0-9.]*\).*/\1/' "$tmp/out"
}
echo "$(accuracy fp32) $(accuracy bf16)" | awk '{ exit !($1 - $2 <= 0.01 && $2 - $1 <= 0.01) }' ||
    { echo "FAILED: accuracy $(accuracy fp32) in fp32, $(accuracy bf16) in bf16"; failed=1; }
run 0 predict --model "$tmp/bf16" --text "the book is late" --explain --precision bf16 --json
has out '"attribution"'
for p in fp32 bf16; do
    run 0 embed --model "$tmp/start" --input "$tmp/two.csv" --output "$tmp/$p.jsonl" --precision $p
done
cmp -s "$tmp/fp32.jsonl" "$tmp/bf16.jsonl" && { echo "FAILED: embeddings are not of bf16"; failed=1; }

# a causal model: training with accumulation, generation
cat >"$tmp/gpt2.json" <<'JSON'
{"model_type":"gpt2","n_embd":48,"n_layer":2,"n_head":4,"n_positions":64}
JSON
run 0 create --config "$tmp/gpt2.json" --text $data --vocab_size 400 --output "$tmp/gpt2"
for p in fp32 bf16; do
    run 0 train --model "$tmp/gpt2" --data $data --task clm --text_column text --limit 60 --max_steps 4 --block_size 32 \
        --gradient_accumulation_steps 2 --logging_steps 1 --save_strategy no --precision $p --output_dir "$tmp/clm-$p"
done
paste <(losses clm-fp32) <(losses clm-bf16) | awk '
    { d = $1 - $2; if (d < 0) d = -d; if (d > most) most = d; n++ } END { exit !(n == 4 && most < 0.03 && most > 0) }' ||
    { echo "FAILED: losses of clm"; paste <(losses clm-fp32) <(losses clm-bf16); failed=1; }
for t in 1 2; do
    run 0 predict --model "$tmp/clm-bf16" --prompt "the" --max_new_tokens 8 --precision bf16 --json --threads $t
    sed 's/"seconds":[^,}]*//g; s/"tokens_per_second":[^,}]*//g' "$tmp/out" >"$tmp/said$t"
done
cmp "$tmp/said1" "$tmp/said2" || { echo "FAILED: generation depends on the threads"; failed=1; }
finish
