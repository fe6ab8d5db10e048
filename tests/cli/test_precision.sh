# --precision int8 in predict and eval gives nearly the numbers of fp32, the same ones every time and for a text alone
# and in a file; what is not there is named. For bf16 see test_bf16.sh.
. tests/cli/lib.sh

cat >"$tmp/config.json" <<'JSON'
{"model_type":"bert","hidden_size":48,"num_hidden_layers":2,"num_attention_heads":4,"intermediate_size":96,
 "max_position_embeddings":64}
JSON
data=assets/data/library-mail.csv
run 0 create --config "$tmp/config.json" --text $data --vocab_size 500 --output "$tmp/start"
run 0 train --model "$tmp/start" --data $data --limit 200 --num_train_epochs 2 --learning_rate 1e-3 \
    --max_seq_length 32 --save_strategy no --output_dir "$tmp/run"

logits() { # options of predict, in words
    run 0 predict --model "$tmp/run" --text "the book is late" --json $1
    sed 's/.*"logits":\[\([^]]*\)\].*/\1/' "$tmp/out" | tr ',' ' '
}
fp32=$(logits "--precision fp32")
int8=$(logits "--precision int8 --threads 1")
[ "$(logits "")" = "$fp32" ] || { echo "FAILED: auto is not fp32"; failed=1; }
[ "$(logits "--precision int8 --threads 3")" = "$int8" ] ||
    { echo "FAILED: threads change the logits"; failed=1; }
echo "$fp32 $int8" | awk '{
    for (i = 1; i <= NF / 2; i++) {
        d = $i - $(NF / 2 + i); if (d < 0) d = -d
        if (d > most) most = d
    }
    exit !(most < 0.1) }' || { echo "FAILED: int8 $int8, fp32 $fp32"; failed=1; }

# a line says so where the processor has none, and then the logits are those of fp32
run 0 predict --model "$tmp/run" --text "the book is late" --precision int8
if run 0 doctor && grep -q "int8 products *own kernels" "$tmp/out"; then
    [ "$int8" != "$fp32" ] || { echo "FAILED: int8 was not used"; failed=1; }
else
    run 0 predict --model "$tmp/run" --text "the book is late" --precision int8
    has err "precision int8: this processor multiplies 8-bit numbers no faster than fp32; fp32 is used"
fi

# a file, and the scores: within a point on these 200 texts
printf 'text\nthe book is late\nanother text, a longer one, about nothing\n' >"$tmp/two.csv"
run 0 predict --model "$tmp/run" --input "$tmp/two.csv" --json --precision int8
[ "$(head -n 1 "$tmp/out" | sed 's/.*"logits":\[\([^]]*\)\].*/\1/' | tr ',' ' ')" = "$int8" ] ||
    { echo "FAILED: a text alone and in a file differ"; failed=1; }
accuracy() {
    run 0 eval --model "$tmp/run" --data $data --limit 200 --json --precision "$1"
    sed 's/.*"accuracy":\([0-9.]*\).*/\1/' "$tmp/out"
}
echo "$(accuracy fp32) $(accuracy int8)" | awk '{ exit !($1 - $2 <= 0.01 && $2 - $1 <= 0.01) }' ||
    { echo "FAILED: accuracy $(accuracy fp32) in fp32, $(accuracy int8) in int8"; failed=1; }

# generation
cat >"$tmp/gpt2.json" <<'JSON'
{"model_type":"gpt2","n_embd":48,"n_layer":2,"n_head":4,"n_positions":64}
JSON
run 0 create --config "$tmp/gpt2.json" --text $data --vocab_size 400 --output "$tmp/gpt2"
run 0 predict --model "$tmp/gpt2" --prompt "the" --max_new_tokens 8 --precision int8 --json
cp "$tmp/out" "$tmp/first"
run 0 predict --model "$tmp/gpt2" --prompt "the" --max_new_tokens 8 --precision int8 --json --threads 1
sed 's/"seconds":[^,}]*//g; s/"tokens_per_second":[^,}]*//g' "$tmp/first" >"$tmp/a"
sed 's/"seconds":[^,}]*//g; s/"tokens_per_second":[^,}]*//g' "$tmp/out" >"$tmp/b"
cmp "$tmp/a" "$tmp/b" || { echo "FAILED: generation differs"; failed=1; }

# training does not take it
run 2 train --model "$tmp/start" --data $data --output_dir "$tmp/no" --precision int8
has err "precision int8 is for eval and predict; training expects auto, fp32 or bf16"
[ ! -e "$tmp/no" ] || { echo "FAILED: a refused run left a folder"; failed=1; }
finish
