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

# a file with labels that the model does not have: they are of no use and no harm
{
    echo text,label
    for i in $(seq 40); do echo "The harbour was calm on day $i,label$((i % 7))"; done
} >"$tmp/other.csv"
run 0 predict --model $nets/bert-classify/model --input "$tmp/other.csv" --output "$tmp/o.jsonl"
[ "$(wc -l <"$tmp/o.jsonl")" = 40 ] || { echo "FAILED: lines of o.jsonl"; failed=1; }

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

# a line for each row, also for those without text and repeats, so that answers can be pasted back
printf 'text,label\nhello,\n,\nhello,\n' >"$tmp/gaps.csv"
run 0 predict --model $nets/bert-classify/model --input "$tmp/gaps.csv" --clean dedup --json
[ "$(wc -l <"$tmp/out")" = 3 ] || { echo "FAILED: a line for each row"; failed=1; }
sed -n 2p "$tmp/out" | grep -q '^{"text":"","label"' || { echo "FAILED: no text"; failed=1; }
run 0 predict --model $nets/gpt2-classify/model --input "$tmp/gaps.csv" --output "$tmp/gaps.out.csv"
has err "rows without tokens, not predicted: 1"
tail -n 1 "$tmp/gaps.out.csv" | grep -q '^3,hello,' || { echo "FAILED: its row"; failed=1; }
mkdir -p "$tmp/tree/train/loan" "$tmp/tree/test/event"
echo one >"$tmp/tree/train/loan/1.txt"
echo two >"$tmp/tree/test/event/1.txt"
run 0 predict --model $nets/bert-classify/model --input "$tmp/tree" --json
[ "$(wc -l <"$tmp/out")" = 2 ] || { echo "FAILED: rows of all parts"; failed=1; }
run 0 eval --model $nets/bert-classify/model --data "$tmp/tree" --json
has out '"examples":1,'
has err "the test split is scored, 1 of 2 texts"
run 2 predict --model $nets/bert-classify/model --input -
has err "expected a file, not a pipe"

# --explain with a file, and where there is no place for it
run 0 predict --model $nets/bert-classify/model --input "$tmp/gaps.csv" --explain --json
head -n 1 "$tmp/out" | sed 's/,"tokens":.*/}/' >"$tmp/bare"
has out '"tokens":[{"text":"[CLS]"'
run 0 predict --model $nets/bert-classify/model --input "$tmp/gaps.csv" --json
head -n 1 "$tmp/out" | cmp - "$tmp/bare" || { echo "FAILED: --explain only adds"; failed=1; }
run 2 predict --model $nets/bert-mlm/model --input "$tmp/masks.txt" --explain
has err "--explain"
run 2 predict --model $qa/model --question "Where?" --context "Here." --explain
run 2 predict --model $nets/bert-classify/model --text hello --explain --output "$tmp/e.csv"
has err ".jsonl"

# how many texts share a pass is not seen in the answers, nor in the scores
for batch in 1 3 32; do
    run 0 predict --model $nets/bert-classify/model --input $nets/bert-classify/train.csv --per_device_eval_batch_size $batch --json
    cp "$tmp/out" "$tmp/batch-$batch.jsonl"
    run 0 eval --model $nets/bert-classify/model --data $nets/bert-classify/train.csv --per_device_eval_batch_size $batch --json
    cp "$tmp/out" "$tmp/batch-$batch.json"
    cmp "$tmp/batch-1.jsonl" "$tmp/batch-$batch.jsonl" && cmp "$tmp/batch-1.json" "$tmp/batch-$batch.json" ||
        { echo "FAILED: batches of $batch give other answers"; failed=1; }
done

# --output of one text, a question and a prompt is what would be printed
one_text() { # arguments of predict
    run 0 predict "$@" --json
    cp "$tmp/out" "$tmp/printed"
    run 0 predict "$@" --output "$tmp/one.jsonl"
    cmp "$tmp/printed" "$tmp/one.jsonl" || { echo "FAILED: --output of $*"; failed=1; }
}
one_text --model $nets/bert-classify/model --text hello --text_pair there --explain
one_text --model $qa/model --question "Where?" --context "In the harbour."
one_text --model $nets/gpt2-clm/model --prompt "In the winter" --max_new_tokens 4
one_text --model $nets/bert-mlm/model --text "the [MASK] froze"
run 0 predict --model $nets/bert-classify/model --text hello --output "$tmp/one.json"
grep -q '^{"1":"' "$tmp/one.json" || { echo "FAILED: one.json"; failed=1; }

# a signal leaves nothing half written behind
(echo text; for i in $(seq 50000); do echo "row $i of a file that takes a while to be read"; done) >"$tmp/long.csv"
"$fettle" predict --model $nets/bert-classify/model --input "$tmp/long.csv" \
    --output "$tmp/long.jsonl" 2>"$tmp/err" &
while kill -0 $! 2>/dev/null && ! ls "$tmp"/long.jsonl.tmp.* >/dev/null 2>&1; do :; done
kill -TERM $!
rc=0
wait $! || rc=$?
[ $rc = 143 ] || { echo "FAILED: exit $rc after SIGTERM, expected 143"; failed=1; }
ls "$tmp"/long.jsonl* 2>/dev/null && { echo "FAILED: something was left behind"; failed=1; }
finish
