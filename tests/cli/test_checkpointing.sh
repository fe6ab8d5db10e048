# --gradient_checkpointing: the same run in less memory, stopped and resumed too; and the plan of the memory is what a
# step then takes.
. tests/cli/lib.sh

data=assets/data/library-mail.csv
model() { # NAME JSON
    cat >"$tmp/$1.json"
    run 0 create --config "$tmp/$1.json" --text $data --vocab_size 500 --output "$tmp/$1"
}
model bert <<'JSON'
{"model_type":"bert","hidden_size":48,"num_hidden_layers":3,"num_attention_heads":4,"intermediate_size":96,
 "max_position_embeddings":64}
JSON
model gpt2 <<'JSON'
{"model_type":"gpt2","n_embd":48,"n_layer":3,"n_head":4,"n_positions":64}
JSON
model wide <<'JSON'
{"model_type":"bert","hidden_size":256,"num_hidden_layers":4,"num_attention_heads":4,"intermediate_size":1024,
 "max_position_embeddings":64}
JSON

# losses RUN: what is logged, without what differs between any two runs
losses() {
    grep -v 'train_runtime\|"event"' "$1/metrics.jsonl" | grep -o '"step":[0-9]*,\|"loss":[^,]*\|"grad_norm":[^,]*\|"eval_loss":[^,]*'
}
same() { # RUN RUN
    cmp -s "$tmp/$1/model/model.safetensors" "$tmp/$2/model/model.safetensors" ||
        { echo "FAILED: $1 and $2 have different weights"; failed=1; }
    [ "$(losses "$tmp/$1")" = "$(losses "$tmp/$2")" ] || { echo "FAILED: $1 and $2 log different losses"; failed=1; }
}
for m in bert gpt2; do
    how="--model $tmp/$m --data $data --task classify --limit 200 --max_seq_length 32 --num_train_epochs 2
        --gradient_accumulation_steps 2 --logging_steps 1"
    run 0 train $how --output_dir "$tmp/$m-keeps"
    run 0 train $how --gradient_checkpointing true --output_dir "$tmp/$m-again"
    same $m-keeps $m-again
    run 0 train $how --gradient_checkpointing true --num_train_epochs 1 --lr_scheduler_type constant --output_dir "$tmp/$m-half"
    run 0 train --resume "$tmp/$m-half" --num_train_epochs 2
    run 0 train $how --lr_scheduler_type constant --output_dir "$tmp/$m-whole"
    same $m-half $m-whole
done
tr -d ' \n' <"$tmp/bert-again/run.json" | grep -q '"gradient_checkpointing":{[^}]*"value":"\?true' ||
    { echo "FAILED: run.json does not say so"; failed=1; }
run 2 train --resume "$tmp/bert-half" --gradient_checkpointing false
has err "--fork"

# value KEY: a number of the step
value() {
    sed 's/.*"step":{\([^}]*\)}.*/\1/' "$tmp/out" | tr ',' '\n' | sed -n "s/^\"$1\"://p"
}
measure() { # NAME OPTIONS..: plan_NAME and rss_NAME, within 10 % of each other
    local name=$1
    shift
    run 0 bench step --model "$tmp/wide" --task classify --rounds 1 --threads 2 --max_seq_length 64 \
        --per_device_train_batch_size 32 --json "$@"
    local plan rss
    plan=$(value plan_bytes) rss=$(value rss_bytes)
    printf -v "plan_$name" %s "$plan"
    awk -v plan="$plan" -v rss="$rss" 'BEGIN { exit !(plan > 0 && rss < 1.1 * plan && rss > 0.9 * plan) }' ||
        { echo "FAILED: $*: $plan bytes are planned, $rss are used"; failed=1; }
}
if grep -q __asan_init "$fettle"; then
    echo "memory is not compared: built with a sanitizer, which takes its own"
else
    measure keeps
    measure again --gradient_checkpointing true
    measure sgd --optim sgd
    awk -v a="$plan_again" -v b="$plan_keeps" 'BEGIN { exit !(a < 0.8 * b) }' ||
        { echo "FAILED: checkpoints save nothing: $plan_again of $plan_keeps bytes"; failed=1; }
fi
finish
