# From nothing to an answer: create, train, stop and resume, eval, predict.
. tests/cli/lib.sh
data=assets/data/library-mail.csv
cat >"$tmp/c.json" <<'JSON'
{"model_type":"bert","hidden_size":32,"num_hidden_layers":2,"num_attention_heads":2,
 "intermediate_size":64,"max_position_embeddings":64}
JSON

run 0 create --config "$tmp/c.json" --text $data --vocab_size 600 --output "$tmp/new"
has out "600 tokens"
run 1 create --config "$tmp/c.json" --text $data --vocab_size 600 --output "$tmp/new"
has err "already exists"
run 2 create --config "$tmp/c.json" --text $data --vocab_size none --output "$tmp/new2"
run 0 create --config "$tmp/c.json" --text $data --vocab_size 600 --output "$tmp/again"
cmp "$tmp/new/model.safetensors" "$tmp/again/model.safetensors" || failed=1
run 0 inspect "$tmp/new" --json
has out '"missing":[],"unexpected":[]'
echo "A Book, please" >"$tmp/line.txt"
run 0 tokenize --model "$tmp/new" --format json "$tmp/line.txt"
has out '"ids":['
run 0 tokenize --model "$tmp/new" --format ids --no-special "$tmp/line.txt"
cp "$tmp/out" "$tmp/ids"
mkdir "$tmp/tok"
cp "$tmp/new"/tok*.json "$tmp/new/vocab.txt" "$tmp/tok/"
run 0 tokenize --model "$tmp/tok" --format ids --no-special "$tmp/line.txt" # no model beside it
cmp "$tmp/out" "$tmp/ids" || failed=1
printf '%s\n' '"a\u0000b"' '{"text_pair":"x","id":1,"text":"a"}' >"$tmp/line.jsonl"
run 0 tokenize --model "$tmp/new" --format json --input-format jsonl "$tmp/line.jsonl"
has out '"type_ids":[0,0,0,1,1]'
echo '{"text":' >"$tmp/bad.jsonl"
run 1 tokenize --model "$tmp/new" --input_format jsonl "$tmp/bad.jsonl"
has err "bad.jsonl: line 1"
run 2 tokenize --model "$tmp/new" --format idz "$tmp/line.txt"
run 1 tokenize --model "$tmp/new" "$tmp/none.txt"

run 2 train --model "$tmp/new" --data $data
has err "--output_dir is required"
run 2 train --model "$tmp/new" --data $data --output_dir "$tmp/run" --lerning-rate 1
has err "did you mean --learning_rate"
run 2 train --model "$tmp/new" --data $data --output_dir "$tmp/run" --learning_rate fast
has err "not a number"
run 1 train --model "$tmp/new" --data "$tmp/none.csv" --output_dir "$tmp/run0"

# files of options and presets: flags win
printf 'num_train_epochs = 0.1 # little\nmax_seq_length = 24\nlearning_rate = 1e-3\n' >"$tmp/few.conf"
few=(--model "$tmp/new" --data $data --threads 1 --config "$tmp/few.conf" --learning_rate 2e-3)
run 0 train "${few[@]}" --preset bert --output_dir "$tmp/few"
grep -q '"max_seq_length": {' "$tmp/few/run.json" || failed=1
run 0 compare "$tmp/few" "$tmp/few" --json
has out '"learning_rate":{"value":0.002,"given":true}'
has out '"max_seq_length":{"value":24,"given":true}'
has out '"per_device_train_batch_size":{"value":32,"given":true}'
run 2 train "${few[@]}" --preset brt --output_dir "$tmp/few2"
has err "did you mean bert"
run 1 train --model "$tmp/new" --data $data --output_dir "$tmp/few2" --config "$tmp/none.conf"

options=(--model "$tmp/new" --data $data --num_train_epochs=8 --learning-rate 3e-3
    --max_seq_length 32 --threads 1 --save_strategy epoch --logging_steps 5)
run 0 train "${options[@]}" --output_dir "$tmp/run"
has out "confusion matrix"
has err "done:"
for f in run.json metrics.jsonl eval.json predictions.jsonl log.txt model/config.json \
    model/model.safetensors model/tokenizer.json; do
    [ -s "$tmp/run/$f" ] || { echo "FAILED: no $f"; failed=1; }
done
run 1 train "${options[@]}" --output_dir "$tmp/run"
has err "--resume"

# a run that is stopped and resumed has the same weights as one that was not
env --default-signal=INT "$fettle" train "${options[@]}" --output_dir "$tmp/cut" >/dev/null 2>"$tmp/err" &
pid=$!
for _ in $(seq 200); do
    [ -s "$tmp/cut/metrics.jsonl" ] && break
    sleep 0.02
done
kill -INT $pid
rc=0
wait $pid || rc=$?
if [ $rc = 130 ]; then
    run 0 train --resume "$tmp/cut"
elif [ $rc != 0 ]; then
    echo "FAILED: stopped with $rc, expected 130"
    failed=1
fi
cmp "$tmp/run/model/model.safetensors" "$tmp/cut/model/model.safetensors" || failed=1

run 0 eval --model "$tmp/run" --data $data --json --output_dir "$tmp/eval"
has out '"confusion_matrix":[['
[ -s "$tmp/eval/eval.json" ] || failed=1
cp "$tmp/run/eval.json" "$tmp/kept.json"
run 2 eval --model "$tmp/run" --data $data --output_dir "$tmp/run"
has err "--overwrite_output_dir"
cmp "$tmp/run/eval.json" "$tmp/kept.json" || { echo "FAILED: a run's eval.json is kept"; failed=1; }
run 2 eval --model "$tmp/run"
run 0 predict --model "$tmp/run" --text "Is the reading room open?" --json
has out '"probabilities":{'
run 0 predict --model "$tmp/run" --text "Is the reading room open?" --explain --json
has out '"tokens":[{'
run 0 predict --model "$tmp/run" --input "$tmp/line.txt" --output "$tmp/said.jsonl"
grep -q '"label":' "$tmp/said.jsonl" || { echo "FAILED: --output"; failed=1; }
run 0 predict --model "$tmp/run" --input $data --output "$tmp/said.csv"
[ "$(wc -l <"$tmp/said.csv")" = "$(wc -l <$data)" ] || { echo "FAILED: rows of said.csv"; failed=1; }
# a run reads texts as long as it was trained on, not as long as the model could
long=$(printf 'Is the reading room open? %.0s' $(seq 9))
run 0 predict --model "$tmp/run" --text "$long" --json
cp "$tmp/out" "$tmp/as_trained"
run 0 predict --model "$tmp/run" --text "$long" --json --max_seq_length 32
cmp "$tmp/out" "$tmp/as_trained" || { echo "FAILED: another length than the run's"; failed=1; }

# the best model is kept also where no checkpoint is due
best() { sed -n 's/.*"'"$2"'": *\([0-9]*\).*/\1/p' "$1" | head -n 1; }
for save in no epoch "steps --save_steps 70"; do
    # shellcheck disable=SC2086 # the strategy may have a second word
    run 0 train "${options[@]}" --output_dir "$tmp/best" --overwrite_output_dir \
        --num_train_epochs 2 --eval_strategy steps --eval_steps 9 --save_strategy $save
    step=$(grep -o '"step":[0-9]*' "$tmp/best/eval.json" | head -n 1)
    [ "$step" = "\"step\":$(best "$tmp/best/run.json" best_step)" ] ||
        { echo "FAILED: save_strategy $save: the model is of $step"; failed=1; }
    [ "$save" = no ] && ls -d "$tmp"/best/checkpoint-* 2>/dev/null && failed=1
done

# a run that early stopping has come to its end; one can only make it longer
run 0 train "${options[@]}" --output_dir "$tmp/early" --early_stopping_patience 1 \
    --early_stopping_threshold 2 --num_train_epochs 6
has err "early stopping"
cp "$tmp/early/model/model.safetensors" "$tmp/early.safetensors"
run 0 train --resume "$tmp/early"
cmp "$tmp/early/model/model.safetensors" "$tmp/early.safetensors" || failed=1
cp "$tmp/early/run.json" "$tmp/early.json"
run 2 train --resume "$tmp/early" --num_train_epochs 1
has err "use a larger value"
run 0 train --resume "$tmp/early" --num_train_epochs 8
grep -q '^  "step": 78' "$tmp/early/run.json" && { echo "FAILED: it did not go on"; failed=1; }

# what needs a validation part says so; a test file alone leaves one
run 2 train "${options[@]}" --output_dir "$tmp/none" --split 1,0,0 --early_stopping_patience 2
has err "no validation split"
head -n 5 $data >"$tmp/few.csv"
run 0 train "${options[@]}" --output_dir "$tmp/tested" --test "$tmp/few.csv" --max_steps 2
grep -q " 77 validation, 4 test" "$tmp/tested/log.txt" || { echo "FAILED: --test alone"; failed=1; }
has err "4 texts are also in another split"
has err "text text, label label"

run 2 predict --model "$tmp/run"
run 1 predict --model "$tmp/nothing" --text x
finish
