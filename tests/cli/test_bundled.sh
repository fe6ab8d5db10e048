# The encoder that ships: whole, small, pretrained.
. tests/cli/lib.sh
unset FETTLE_ASSETS
model=minilm-l4

run 0 models --json
has out "\"name\":\"$model\",\"kind\":\"bundled\""
run 0 inspect $model --json
has out '"missing":[],"unexpected":[]'
has out '"dtype":"BF16"'
size=$(wc -c <assets/models/$model/model.safetensors)
[ "$size" -le 25000000 ] || { echo "FAILED: $size bytes"; failed=1; }
grep -q 'all-MiniLM-L6-v2' NOTICE || { echo "FAILED: NOTICE does not credit the source"; failed=1; }

# every text has tokens, common English words have one each
printf '%s\n' 'the library opens late on friday evening' 'Übergröße, 漢字 und 🙂' >"$tmp/lines.txt"
run 0 tokenize --model $model --no_special --format ids "$tmp/lines.txt"
[ "$(head -n 1 "$tmp/out" | wc -w)" = 7 ] || { echo "FAILED: $(head -n 1 "$tmp/out")"; failed=1; }

# sentences that mean the same are nearer to each other than to another one
printf '%s\n' 'I lost my card yesterday.' 'Someone stole my bank card.' 'The concert was wonderful.' \
    >"$tmp/texts.txt"
run 0 embed --model $model --input "$tmp/texts.txt" --output "$tmp/vectors.jsonl"
tr -d '[]' <"$tmp/vectors.jsonl" | sed 's/.*"embedding"://; s/[}{]//g' |
    awk -F, '{ for (i = 1; i <= NF; i++) v[NR, i] = $i; n = NF }
        function dot(a, b,   i, s) { for (i = 1; i <= n; i++) s += v[a, i] * v[b, i]; return s }
        END { exit !(NR == 3 && n == 384 && dot(1, 2) > dot(1, 3) + 0.2 && dot(1, 2) > dot(2, 3) + 0.2) }' ||
    { echo "FAILED: embeddings"; cut -c1-200 "$tmp/vectors.jsonl"; failed=1; }

# it learns from few examples what random weights do not
run 0 train --model $model --data assets/data/library-mail.csv --limit 320 --split 0.7,0,0.3 --learning_rate 3e-4 \
    --num_train_epochs 3 --warmup_ratio 0.1 --max_seq_length 48 --eval_strategy no --save_strategy no \
    --output_dir "$tmp/run" --json
accuracy=$(sed -n 's/.*"accuracy":\([0-9.]*\).*/\1/p' "$tmp/out" | head -n 1)
awk "BEGIN { exit !($accuracy > 0.75) }" || { echo "FAILED: accuracy $accuracy"; failed=1; }
finish
