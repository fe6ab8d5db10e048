# --shards: each step's batches computed side by side. A run that is stopped goes on with the same bytes; values that
# make no sense are refused.
. tests/cli/lib.sh

data=$PWD/assets/data/library-mail.csv
net=$PWD/tests/reference/nets/bert-classify/model
options=(--model "$net" --data "$data" --threads 1 --max_seq_length 32 --max_steps 8 --learning_rate 1e-3
    --per_device_train_batch_size 4 --save_strategy steps --save_steps 4 --eval_strategy no --dropout 0.1)

train() { # NAME OPTIONS..
    local name=$1
    shift
    run 0 train "${options[@]}" --output_dir "$tmp/$name" "$@"
}
same() {
    cmp "$tmp/$1/model/model.safetensors" "$tmp/$2/model/model.safetensors" ||
        { echo "FAILED: $1 and $2 differ"; failed=1; }
}
differs() {
    cmp -s "$tmp/$1/model/model.safetensors" "$tmp/$2/model/model.safetensors" &&
        { echo "FAILED: $1 and $2 are the same"; failed=1; }
}
train plain
train one --shards 1
same plain one
train four --shards 4
differs one four
tr -d ' \n' <"$tmp/four/run.json" | grep -q '"shards":{"given":true,"value":4}' ||
    { echo "FAILED: run.json has no shards"; failed=1; }
# a step takes the texts of four
tokens() { sed -n 's/.*"train_tokens":\([0-9]*\).*/\1/p' "$tmp/$1/metrics.jsonl"; }
[ "$(tokens four)" -gt $((3 * $(tokens one))) ] ||
    { echo "FAILED: $(tokens four) tokens, $(tokens one) without shards"; failed=1; }

# what two batches of one shard add up to, and those of two shards, is the same loss
loss() { sed -n 's/.*"train_loss":\([0-9.]*\).*/\1/p' "$tmp/$1/metrics.jsonl"; }
train two --shards 2 --max_steps 1 --dropout 0
train twice --gradient_accumulation_steps 2 --max_steps 1 --dropout 0
[ "$(loss two)" = "$(loss twice)" ] || { echo "FAILED: losses $(loss two), $(loss twice)"; failed=1; }

# the last step's checkpoint and more are gone: resumed from the one before
cp -r "$tmp/four" "$tmp/cut"
rm -r "$tmp/cut/checkpoint-8" "$tmp/cut/model"
sed -i 's/"state": "done"/"state": "running"/' "$tmp/cut/run.json"
run 0 train --resume "$tmp/cut"
same four cut
cmp "$tmp/four/checkpoint-8/model.safetensors" "$tmp/cut/checkpoint-8/model.safetensors" || failed=1
run 2 train --resume "$tmp/cut" --shards 2
has err "shards cannot be changed on resume (this run has 4, not 2)"

run 2 train "${options[@]}" --output_dir "$tmp/x" --shards 3
has err "shards is 3, expected a power of two"
run 2 train "${options[@]}" --output_dir "$tmp/x" --shards 2048
has err "shards"
run 2 train "${options[@]}" --output_dir "$tmp/x" --shards 8 --per_device_train_batch_size 200
has err "batches, fewer than the 8 shards: lower per_device_train_batch_size or shards"
[ -e "$tmp/x" ] && { echo "FAILED: a refused run left a folder"; failed=1; }
finish
