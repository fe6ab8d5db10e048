# runs, compare, note, delete.
. tests/cli/lib.sh
data=assets/data/library-mail.csv
options=(--model tests/assets/models/starter --data $data --limit 120 --num_train_epochs 1 --max_seq_length 24
    --threads 1)
run 0 train "${options[@]}" --output_dir "$tmp/runs/a"
run 0 train "${options[@]}" --output_dir "$tmp/runs/b" --learning_rate 1e-3
run 0 runs "$tmp/runs"
has out "accuracy"
run 0 runs "$tmp/runs" --json
[ "$(wc -l <"$tmp/out")" = 2 ] || { echo "FAILED: two runs, two lines"; failed=1; }
run 0 compare "$tmp/runs/a" "$tmp/runs/b"
has out "learning_rate"
has out "0.001"
has out "paired test: "
has out " (p "
run 0 compare "$tmp/runs/a" "$tmp/runs/b" --json
has out '"comparable":true'
has out '"differ":{"learning_rate":["5e-05","0.001"]}'
has out '"test":{"metric":"accuracy","part":"test","examples":'
run 2 compare "$tmp/runs/a"
run 1 compare "$tmp/runs/a" "$tmp/runs/c"
run 0 note "$tmp/runs/a" the first one
run 0 runs "$tmp/runs"
has out "the first one"
printf 'two\nlines \033[31mred' >"$tmp/runs/a/note.txt"
run 0 runs "$tmp/runs"
has out "two lines  [31mred"
if grep -q "$(printf '\033')" "$tmp/out"; then
    echo "FAILED: a file's control characters reach the terminal"
    failed=1
fi
run 2 delete "$tmp/runs/a"
has err "--yes"
[ -e "$tmp/runs/a/run.json" ] || { echo "FAILED: deleted without --yes"; failed=1; }
run 0 delete "$tmp/runs/a" --yes
[ -e "$tmp/runs/a" ] && { echo "FAILED: still there"; failed=1; }
run 1 delete "$tmp/runs/a" --yes
run 1 runs "$tmp/nothing"
echo '{"step":2,"event":"set","option":"learning_rate","value":0.0005}' >"$tmp/events.jsonl"
run 0 train "${options[@]}" --output_dir "$tmp/runs/e" --events "$tmp/events.jsonl"
run 0 train "${options[@]}" --output_dir "$tmp/runs/f" --events "$tmp/runs/e/metrics.jsonl"
cmp -s "$tmp/runs/e/model/model.safetensors" "$tmp/runs/f/model/model.safetensors" ||
    { echo "FAILED: a replay ends with other weights"; failed=1; }
cmp -s "$tmp/runs/b/model/model.safetensors" "$tmp/runs/f/model/model.safetensors" &&
    { echo "FAILED: the event changed nothing"; failed=1; }
run 0 inspect "$tmp/runs/b" --json
has out '"kind":"run"'
run 0 train --fork "$tmp/runs/b@$(ls -d "$tmp"/runs/b/checkpoint-* | sed 's/.*-//')" \
    --output_dir "$tmp/runs/d" --num_train_epochs 2
run 1 train --fork "$tmp/runs/b@1" --output_dir "$tmp/runs/none"
has err "no such checkpoint; $tmp/runs/b has those of step "
grep -q '"kind": "forked"' "$tmp/runs/d/run.json" || { echo "FAILED: the fork's break"; failed=1; }
grep -q '"kind"' "$tmp/runs/b/run.json" && { echo "FAILED: a break of a whole run"; failed=1; }
finish
