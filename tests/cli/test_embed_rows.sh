# The embeddings of tokens that a step does not read are updated later: a model that is evaluated or saved in between,
# and a run that goes on from a checkpoint, has the same bytes as one that is not.
. tests/cli/lib.sh

data=$PWD/assets/data/library-mail.csv
net=$PWD/tests/reference/nets/bert-classify/model
options=(--model "$net" --data "$data" --limit 200 --max_seq_length 24 --max_steps 300 --learning_rate 1e-3
    --per_device_train_batch_size 4 --weight_decay 0.1 --load_best_model_at_end false)

train() { # NAME OPTIONS..
    local name=$1
    shift
    run 0 train "${options[@]}" --output_dir "$tmp/$name" "$@"
}
same() { # FILE RUN RUN
    cmp "$tmp/$2/$1" "$tmp/$3/$1" || { echo "FAILED: $1 of $2 and $3 differ"; failed=1; }
}
# The moments: the end of the file, without what it notes of the run.
same_moments() { # RUN RUN
    local n=$(($(stat -c %s "$tmp/$1/checkpoint-300/model.safetensors") * 3 / 2)) run
    for run in "$1" "$2"; do
        tail -c $n "$tmp/$run/checkpoint-300/optimizer.safetensors" >"$tmp/$run.moments"
    done
    cmp "$tmp/$1.moments" "$tmp/$2.moments" || { echo "FAILED: moments of $1 and $2 differ"; failed=1; }
}
# An evaluation in between reads what a saved model has.
head -60 "$data" >"$tmp/dev.csv"
train scored --eval_strategy steps --eval_steps 75 --save_strategy steps --save_steps 75 --save_total_limit 9 \
    --validation "$tmp/dev.csv"
loss() { sed -n 's/.*"loss": *\([0-9.]*\).*/\1/p' "$1" | head -1; }
for step in 75 150; do
    run 0 eval --model "$tmp/scored/checkpoint-$step" --data "$tmp/dev.csv" --max_seq_length 24 --json
    [ "$(loss "$tmp/out")" = "$(loss "$tmp/scored/evals/$step.json")" ] ||
        { echo "FAILED: loss $(loss "$tmp/scored/evals/$step.json") in the run, $(loss "$tmp/out") of the checkpoint"; failed=1; }
done

for optim in adamw_torch adam sgd; do
    train alone --optim $optim --eval_strategy no --save_strategy steps --save_steps 300
    train watched --optim $optim --eval_strategy steps --eval_steps 13 --save_strategy steps --save_steps 75 \
        --save_total_limit 9
    same model/model.safetensors alone watched
    cp -r "$tmp/watched" "$tmp/cut"
    rm -r "$tmp/cut/model" "$tmp/cut/checkpoint-300" "$tmp/cut/checkpoint-225"
    sed -i 's/"state": "done"/"state": "running"/' "$tmp/cut/run.json"
    run 0 train --resume "$tmp/cut"
    same model/model.safetensors cut watched
    [ $optim = sgd ] || same_moments cut watched
    [ $optim = sgd ] || same_moments alone watched
    rm -r "$tmp/alone" "$tmp/watched" "$tmp/cut"
done
finish
