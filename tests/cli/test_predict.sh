# predict of every task: one text and whole files, in every form of output.
. tests/cli/lib.sh
nets=tests/reference/nets
qa=$nets/bert-qa

# questions: a SQuAD file becomes what `eval --predictions` scores as `eval` itself does
run 0 predict --model $qa/model --input $qa/train.json --output "$tmp/a.json"
run 0 predict --model $qa/model --input $qa/train.json --output "$tmp/a.jsonl"
run 0 predict --model $qa/model --input $qa/train.json --output "$tmp/a.csv"
questions=$(grep -o '"is_impossible"' $qa/train.json | wc -l)
[ "$(wc -l <"$tmp/a.jsonl")" = "$questions" ] || { echo "FAILED: lines of a.jsonl"; failed=1; }
head -n 1 "$tmp/a.csv" | grep -qx 'id,text,answer,score' || { echo "FAILED: a.csv"; failed=1; }
run 0 eval --predictions "$tmp/a.json" --data $qa/train.json --json
theirs=$(grep -o '"exact":[0-9.]*' "$tmp/out" | head -n 1)
run 0 eval --model $qa/model --data $qa/train.json --json
has out "$theirs"
run 0 predict --model $qa/model --question "Where?" --context "In the harbour." --json
has out '"nbest":[{'
run 2 predict --model $qa/model --question "Where?"
has err "--context"

# prompts and masked words, a line each
printf 'The harbour\nIn the winter\r\n' >"$tmp/lines.txt"
run 0 predict --model $nets/gpt2-clm/model --input "$tmp/lines.txt" --max_new_tokens 4 --json
[ "$(wc -l <"$tmp/out")" = 2 ] || { echo "FAILED: lines of prompts"; failed=1; }
has out '"prompt":"In the winter","text":"In the winter'
run 0 predict --model $nets/gpt2-clm/model --prompt "In the winter" --max_new_tokens 4 --json
tail -n 1 "$tmp/out" >"$tmp/one"
run 0 predict --model $nets/gpt2-clm/model --input "$tmp/lines.txt" --max_new_tokens 4 --json
tail -n 1 "$tmp/out" | cmp - "$tmp/one" || { echo "FAILED: a file says what one prompt says"; failed=1; }
printf 'the [MASK] froze\n' >"$tmp/masks.txt"
run 0 predict --model $nets/bert-mlm/model --input "$tmp/masks.txt" --output "$tmp/m.jsonl"
grep -q '"masks":\[\[{' "$tmp/m.jsonl" || { echo "FAILED: m.jsonl"; failed=1; }
run 1 predict --model $nets/bert-mlm/model --input "$tmp/lines.txt"
has err "lines.txt line 1: the text has no [MASK]"
run 2 predict --model $nets/gpt2-clm/model --input "$tmp/lines.txt" --output "$tmp/p.xml"
has err ".jsonl, .csv or .json"
run 2 predict --model $nets/gpt2-clm/model --prompt x --temperature hot
has err "expected a number"
: >"$tmp/empty.txt"
run 1 predict --model $nets/gpt2-clm/model --input "$tmp/empty.txt"
has err "empty"

# a classifier: by row, and as one object
run 0 predict --model $nets/bert-classify/model --input $nets/bert-classify/eval.csv --output "$tmp/c.json"
grep -q '^{"' "$tmp/c.json" || { echo "FAILED: c.json"; failed=1; }
finish
