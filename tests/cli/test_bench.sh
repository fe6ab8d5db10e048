# bench: every benchmark with a tiny new model, valid JSON with valid numbers; invalid arguments refused.
. tests/cli/lib.sh

# the help explains each benchmark
run 0 help bench
for name in step load predict throughput generate tokens read qa scale network; do
    has out "    $name  "
done

# The keys of a group in $tmp/out, a line each: KEY VALUE. Lists become their items.
group() {
    sed "s/.*\"$1\":{\([^}]*\)}.*/\1/; s/,\"/\n\"/g" "$tmp/out" | sed 's/"//g; s/:/ /' |
        tr '[],' '   '
}
# group_has GROUP KEY..: each is there, a number above 0
group_has() {
    local group=$1 key
    shift
    for key; do
        group "$group" | awk -v key="$key" \
            '$1 == key { for (i = 2; i <= NF; i++) n += $i + 0 > 0; ok = n == NF - 1 && NF > 1 }
             END { exit !ok }' && continue
        echo "FAILED: $group has no number $key: $(group "$group" | grep "^$key ")"
        failed=1
    done
}
rounds_agree() {
    group step | awk '
        $1 == "ms" { ms = $2 }
        $1 == "ms_range" { low = $2; high = $3 }
        $1 ~ /^(products|attention|rows)_ms$/ { sum += $2 }
        END { exit !(low <= ms && ms <= high && sum < 1.01 * high) }' && return
    echo "FAILED: the step's parts do not fit in it:"
    group step | sed 's/^/    /'
    failed=1
}

model() { # FAMILY-SPECIFIC JSON
    cat >"$tmp/$1.json"
    run 0 create --config "$tmp/$1.json" --text assets/data/library-mail.csv --vocab_size 400 \
        --output "$tmp/$1"
}
model bert <<'JSON'
{"model_type":"bert","hidden_size":32,"num_hidden_layers":2,"num_attention_heads":2,
 "intermediate_size":64,"max_position_embeddings":64}
JSON
model gpt2 <<'JSON'
{"model_type":"gpt2","n_embd":32,"n_layer":2,"n_head":2,"n_positions":64}
JSON

small="--rounds 2 --megabytes 1 --doc_stride 8 --per_device_train_batch_size 4 --per_device_eval_batch_size 3
    --max_seq_length 32"
run 0 bench --model "$tmp/bert" $small --json
[ "$(wc -l <"$tmp/out")" = 1 ] || { echo "FAILED: not one line"; failed=1; }
group_has machine threads rounds
for key in processor products int8_products load_average fettle; do
    group machine | grep -q "^$key " || { echo "FAILED: machine has no $key"; failed=1; }
done
group_has step parameters sequences length ms ms_range tokens_per_second forward_ms backward_ms \
    optimizer_ms products_ms attention_ms rows_ms products_alone_ms products_alone_gflops \
    products_share products_share_range plan_bytes rss_bytes
[ "$(group step | awk '$1 == "sequences" { print $2 }')" = 4 ] || { echo "FAILED: batch"; failed=1; }
[ "$(group step | awk '$1 == "length" { print $2 }')" = 32 ] || { echo "FAILED: length"; failed=1; }
rounds_agree
group_has load ms
group_has predict first_ms ms fp32_12_ms fp32_12_ms_range products_12_ms products_12_share
group predict | grep -q "^products_12_fastest .*of [0-9]* shapes" || { echo "FAILED: no fastest backend"; failed=1; }
group_has throughput sequences length fp32_ms fp32_ms_range fp32_tokens_per_second products_ms products_share plan_bytes \
    rss_bytes
[ "$(group throughput | awk '$1 == "sequences" { print $2 }')" = 3 ] || { echo "FAILED: batch of an evaluation"; failed=1; }
grep -q '"scale"' "$tmp/out" && { echo "FAILED: scale was not asked for"; failed=1; }
group_has tokens bytes mb_per_second count_mb_per_second tokens_per_second learn_seconds
group_has read bytes rows mb_per_second
group_has qa questions windows mb_per_second tokens_per_second
grep -q '"generate"' "$tmp/out" && { echo "FAILED: a model of masked words went on"; failed=1; }

# how a step grows: one thread and two, half the tokens, half the layers
run 0 bench scale --model "$tmp/bert" $small --threads 2 --json
group_has scale sequences length layers threads ms one_thread_ms half_tokens_ms half_layers_ms threads_ratio \
    tokens_ratio tokens_ratio_range layers_ratio
run 0 bench scale throughput --model "$tmp/gpt2" $small --threads 1 --json
group_has scale ms tokens_ratio layers_ratio
group_has throughput fp32_ms
grep -q threads_ratio "$tmp/out" && { echo "FAILED: one thread has no ratio"; failed=1; }

# a table for a person, with the words asked for and no other
run 0 bench load predict --model "$tmp/bert" --task classify $small
has out "weights, tokenizer"
has out "first prediction"
grep -q "optimizer" "$tmp/out" && { echo "FAILED: a step nobody asked for"; failed=1; }

# every task's step; more sequences where gradients are added up
for task in classify qa mlm; do
    run 0 bench step predict --model "$tmp/bert" --task $task $small --json \
        --gradient_accumulation_steps 2
    group_has step ms products_share
    group_has predict ms
    [ "$(group step | awk '$1 == "sequences" { print $2 }')" = 8 ] ||
        { echo "FAILED: $task accumulates"; failed=1; }
done
for problem in multi_label_classification regression; do
    run 0 bench step predict --model "$tmp/bert" --task classify --problem_type $problem $small --json
    group_has step ms products_share
    group_has predict ms
done
# masked words: each round has another number of them
run 0 bench step --model "$tmp/bert" --task mlm $small --rounds 9
run 0 bench --model "$tmp/gpt2" $small --json
group_has step ms products_share
group_has generate prompt_tokens_per_second tokens_per_second weights_gb_per_second
grep -q '"predict"' "$tmp/out" && { echo "FAILED: predict with a causal model"; failed=1; }

# files of one's own
run 0 bench read tokens --model "$tmp/bert" --data assets/data/library-mail.csv --rounds 1 --json
[ "$(group read | awk '$1 == "rows" { print $2 }')" = 770 ] || { echo "FAILED: rows"; failed=1; }
group_has tokens mb_per_second
cat >"$tmp/squad.json" <<'JSON'
{"version":"1.1","data":[{"title":"t","paragraphs":[{"context":"The town has two markets.",
"qas":[{"id":"1","question":"How many?","answers":[{"text":"two","answer_start":13}]}]}]}]}
JSON
run 0 bench qa read --model "$tmp/bert" --data "$tmp/squad.json" --rounds 1 --json
group_has qa questions windows mb_per_second
group_has read rows mb_per_second

# nonsense
# plan: what a step takes over a network
run 0 bench network --model "$tmp/bert" $small --json --shards 2
group_has network ms optimizer_ms adding_ms weights_bytes p2_sent_bytes p4_1g_ms p4_10g_ms p16_25g_ms p2_25g_share
group network | awk '
    { x[$1] = $2 }
    END {
        two = x["p2_1g_ms"] - (x["ms"] - x["optimizer_ms"] / 2 + x["adding_ms"] / 2 + x["p2_sent_bytes"] * 8 / 1e6)
        ok = x["p4_1g_ms"] > x["p4_10g_ms"] && x["p4_10g_ms"] > x["p4_25g_ms"] && two < 1e-3 && two > -1e-3
        ok = ok && x["p2_sent_bytes"] == x["weights_bytes"] && x["p4_sent_bytes"] / x["weights_bytes"] > 1.49
        ok = ok && x["p4_sent_bytes"] / x["weights_bytes"] <= 1.51
        exit !ok
    }' || { echo "FAILED: the numbers of plan:"; group network; failed=1; }
run 0 plan --model "$tmp/bert" --max_seq_length 32 --per_device_train_batch_size 4
has out "step - optimizer + optimizer / P"
run 2 plan
has err "--model is required"

run 2 bench stp --model "$tmp/bert"
has err "did you mean step?"
run 2 bench everything --model "$tmp/bert"
run 2 bench --rounds 0
has err "rounds is 0, expected 1 to 1000"
run 2 bench --rounds many
run 2 bench --megabytes 100000
run 2 bench --speed 3
run 2 bench predict --model "$tmp/gpt2"
has err "use fettle bench generate"
run 1 bench --model "$tmp/none"
has err "none"
run 1 bench read --model "$tmp/bert" --data "$tmp/none.csv"
has err "none.csv"
finish
