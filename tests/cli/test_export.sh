# export: the same bytes in a new folder, nothing written over, what is not built said plainly.
. tests/cli/lib.sh
model=tests/assets/models/starter
run 0 export --model $model --format hf --output "$tmp/o/starter"
for f in config.json model.safetensors tokenizer.json; do
    cmp -s $model/$f "$tmp/o/starter/$f" || { echo "FAILED: $f is not the same"; failed=1; }
done
[ -z "$(ls -A "$tmp/o" | grep -v '^starter$')" ] || { echo "FAILED: leftovers"; failed=1; }
run 0 predict --model "$tmp/o/starter" --text "a [MASK] text" --json
run 1 export --model $model --format hf --output "$tmp/o/starter"
has err "already exists"
mkdir "$tmp/empty"
run 1 export --model $model --output "$tmp/empty"
has err "already exists"
for format in onnx gguf; do
    run 1 export --model $model --format $format --output "$tmp/m.$format"
    has err "$format is not supported in this version"
    run 1 export --model $model --output "$tmp/m.$format"
    has err "$format is not supported in this version"
    [ -e "$tmp/m.$format" ] && { echo "FAILED: m.$format was written"; failed=1; }
done
run 2 export --model $model --format pickle --output "$tmp/p"
has err "expected hf, onnx or gguf"
run 2 export --model $model
has err "--output is missing"
run 2 export --output "$tmp/x"
run 1 export --model "$tmp/nothing" --output "$tmp/x"
has err "no such model"

# a run's best model, without what only training needs; a run that has none yet; a broken one
run 0 train --model $model --data assets/data/library-mail.csv --limit 60 --num_train_epochs 1 \
    --max_seq_length 16 --threads 1 --output_dir "$tmp/run"
run 0 export --model "$tmp/run" --format hf --output "$tmp/best"
diff -r "$tmp/run/model" "$tmp/best" >/dev/null || { echo "FAILED: not the run's model"; failed=1; }
checkpoint=$(ls -d "$tmp"/run/checkpoint-*)
run 0 export --model "$checkpoint" --format hf --output "$tmp/checkpoint"
[ -e "$tmp/checkpoint/optimizer.safetensors" ] && { echo "FAILED: the optimizer's too"; failed=1; }
head -c 1000 "$tmp/run/model/model.safetensors" >"$tmp/short"
cp "$tmp/short" "$tmp/run/model/model.safetensors"
run 1 export --model "$tmp/run" --output "$tmp/broken"
has err "model.safetensors"
[ -e "$tmp/broken" ] && { echo "FAILED: a broken model was exported"; failed=1; }
rm -r "$tmp/run/model"
run 1 export --model "$tmp/run" --output "$tmp/none"
has err "without a saved model"
finish
