# Labels that are probably wrong: from given probabilities as cleanlab finds them, from folds that are
# trained, and the same after the audit was killed.
. tests/cli/lib.sh
data=$PWD/assets/data/library-mail.csv
net=$PWD/tests/reference/nets/bert-classify/model

for case in 0 1 2; do
    run 0 audit --probabilities tests/reference/audit/$case.csv --json
    [ -s "$tmp/out" ] || { echo "FAILED: case $case: nothing found"; failed=1; }
    # margins as whole millionths: their last digits are those of a sum of decimals
    sed -E 's/.*"row":([0-9]+),"given":"([^"]*)","suggested":"([^"]*)","margin":([0-9.e-]+).*/\1 \2 \3 \4/' \
        "$tmp/out" | awk '{ $NF = sprintf("%.6f", $NF); print }' >"$tmp/got"
    sed -E 's/.*"row": ([0-9]+), "given": "([^"]*)", "suggested": "([^"]*)", "margin": ([0-9.e-]+).*/\1 \2 \3 \4/' \
        tests/reference/audit/$case.jsonl | awk '{ $NF = sprintf("%.6f", $NF); print }' >"$tmp/want"
    diff "$tmp/want" "$tmp/got" >"$tmp/diff" || { echo "FAILED: case $case"; head "$tmp/diff"; failed=1; }
done
run 0 audit --probabilities tests/reference/audit/1.csv --output_dir "$tmp/listed"
has out "suggested"
has err "of 80 labels are probably wrong"
[ "$(wc -l <"$tmp/listed/labels.jsonl")" = "$(wc -l <tests/reference/audit/1.jsonl)" ] ||
    { echo "FAILED: labels.jsonl"; failed=1; }

# tables that are not right
table() {
    printf '%s\n' "$@" >"$tmp/p.csv"
    run 1 audit --probabilities "$tmp/p.csv" --json
}
table label,a,b a,0.9,0.1 c,0.2,0.8
has err "row 2: label \"c\" has no column"
table label,a,b a,0.9,0.1 b,0.2,much
has err "row 2, column b: \"much\" is not a number"
table label,a,b a,0.9,0.1 b,0.2,1.8
has err "row 2: probability 1.8"
table label,a,b a,0.9,0.1 b,nan,0.5
has err "row 2"
table label,a a,0.9 a,0.7
has err "expected a label and a probability for each of two"
run 1 audit --probabilities "$tmp/none.csv"
has err none.csv
# one label in all rows: nothing to compare, nothing found (as cleanlab)
printf '%s\n' label,a,b a,0.9,0.1 a,0.2,0.8 >"$tmp/p.csv"
run 0 audit --probabilities "$tmp/p.csv" --json
has err "0 of 2"
run 2 audit --probabilities "$tmp/p.csv" --folds 3

# folds: a label that was changed on purpose is on the list
awk -F, 'NR == 1 || NR <= 181' "$data" | sed '7s/,[a-z]*$/,loan/' >"$tmp/mail.csv"
audit() {
    run "$1" audit --data "$tmp/mail.csv" --model "$net" --folds 3 --threads 1 --max_seq_length 32 \
        --learning_rate 2e-3 --num_train_epochs 3 --output_dir "$tmp/$2" --json
}
audit 0 whole
has err "fold 3 of 3"
cp "$tmp/out" "$tmp/lines"
cmp "$tmp/whole/labels.jsonl" "$tmp/lines" || { echo "FAILED: labels.jsonl"; failed=1; }
cat "$tmp"/whole/fold-*/predictions.jsonl | grep -o '"row":[0-9]*' | sort | uniq -c |
    awk '$1 != 1 { bad = 1 } END { exit bad || NR != 180 }' ||
    { echo "FAILED: each row once"; failed=1; }
grep -q '"validation": 60' "$tmp/whole/fold-2/run.json" || { echo "FAILED: folds of 60"; failed=1; }
# again: nothing is trained
audit 0 whole
cmp "$tmp/out" "$tmp/lines" || { echo "FAILED: the second time"; failed=1; }
grep -q "fold 1 of 3" "$tmp/err" && { echo "FAILED: trained again"; failed=1; }
# killed in the second fold
"$fettle" audit --data "$tmp/mail.csv" --model "$net" --folds 3 --threads 1 --max_seq_length 32 \
    --learning_rate 2e-3 --num_train_epochs 3 --output_dir "$tmp/killed" >/dev/null 2>&1 &
pid=$!
for _ in $(seq 3000); do
    [ -e "$tmp/killed/fold-2/checkpoint-8" ] && break
    sleep 0.01
done
kill -9 $pid
wait $pid 2>/dev/null
audit 0 killed
cmp "$tmp/out" "$tmp/lines" || { echo "FAILED: other labels after kill -9"; failed=1; }
# other options, other data
run 1 audit --data "$tmp/mail.csv" --model "$net" --folds 4 --threads 1 --output_dir "$tmp/whole"
has err "other options"
rm "$tmp/whole/fold-3/eval.json" "$tmp/whole/fold-3/run.json"
printf 'One more mail.,loan\n' >>"$tmp/mail.csv"
run 1 audit --data "$tmp/mail.csv" --model "$net" --folds 3 --threads 1 --max_seq_length 32 \
    --learning_rate 2e-3 --num_train_epochs 3 --output_dir "$tmp/whole"

# what cannot be audited
run 2 audit --data "$tmp/mail.csv" --model "$net" --folds 1 --output_dir "$tmp/x"
run 2 audit --data "$tmp/mail.csv" --model "$net" --folds 3 --split 0.5,0.5,0 --output_dir "$tmp/x"
run 2 audit --data "$tmp/mail.csv" --model "$net"
run 1 audit --data assets/data/harbour-qa.json --model tests/reference/nets/bert-qa/model \
    --output_dir "$tmp/q"
has err "one label each"
# a fold of a run
run 2 train --data "$tmp/mail.csv" --model "$net" --fold 4/3 --output_dir "$tmp/x"
run 2 train --data "$tmp/mail.csv" --model "$net" --fold 1/900 --output_dir "$tmp/x"
has err "expected fewer folds"
finish
