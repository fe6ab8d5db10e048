# A run as one page, HTML and Markdown: everything is in it, nothing of a text becomes markup.
. tests/cli/lib.sh
data=$tmp/mail.csv
net=tests/reference/nets/bert-classify/model
{
    echo text,label
    for i in $(seq 15); do # each text with both labels: one of them is predicted wrongly
        for label in loan building; do
            printf '"A <b>late</b> book & a card | no %s",%s\n' "$i" $label
            printf '"The ""lift"" is broken <script>alert(%s)</script>",%s\n' "$i" $label
        done
    done
} >"$data"
run 0 train --model "$net" --data "$data" --max_seq_length 32 --threads 1 --num_train_epochs 2 \
    --logging_steps 1 --learning_rate 0 --split 0.4,0.1,0.5 --output_dir "$tmp/run"
run 0 report "$tmp/run" --output "$tmp/page.html"
run 0 report "$tmp/run" --output "$tmp/page.md"
for page in html md; do
    cp "$tmp/page.$page" "$tmp/out"
    accuracy=$(sed 's/.*"accuracy":\([0-9.]*\).*/\1/' "$tmp/run/eval.json" | cut -c1-6)
    for part in "$accuracy" "95 % interval" "Confusion matrix" "Worst examples" "Commands" \
        "fettle train --model $net" "--max_seq_length 32" "warmup_ratio" "30 examples of the test split"; do
        has out "$part"
    done
    grep -q '<script\|<b>' "$tmp/out" && { echo "FAILED: $page has markup of a text"; failed=1; }
done
cp "$tmp/page.html" "$tmp/out"
has out "&lt;b&gt;late&lt;/b&gt; book &amp; a card | no"
has out "<polyline"
[ "$(grep -c '<svg' "$tmp/out")" = 2 ] || { echo "FAILED: plots"; failed=1; }
[ "$(grep -o '<table' "$tmp/out" | wc -l)" = "$(grep -o '</table' "$tmp/out" | wc -l)" ] ||
    { echo "FAILED: tables"; failed=1; }
grep -oE '(src|href)=' "$tmp/out" && { echo "FAILED: it is not self-contained"; failed=1; }
cp "$tmp/page.md" "$tmp/out"
has out 'a card \| no'
# again: the same bytes
run 0 report "$tmp/run" --output "$tmp/again.html"
cmp "$tmp/page.html" "$tmp/again.html" || { echo "FAILED: other bytes"; failed=1; }

# questions, without predictions, without an evaluation, and what is no run
run 0 train --model tests/reference/nets/bert-qa/model --data assets/data/harbour-qa.json --max_steps 2 \
    --threads 1 --max_seq_length 64 --doc_stride 16 --learning_rate 0 --output_dir "$tmp/qa"
run 0 report "$tmp/qa" --output "$tmp/qa.html"
cp "$tmp/qa.html" "$tmp/out"
has out "exact"
rm "$tmp/qa/predictions.jsonl" "$tmp/qa/eval.json" "$tmp/qa/metrics.jsonl"
run 0 report "$tmp/qa" --output "$tmp/qa.md"
cp "$tmp/qa.md" "$tmp/out"
has out "has not been evaluated"
printf 'nothing\n{"row":1}\n[]\n' >"$tmp/run/predictions.jsonl"
run 0 report "$tmp/run" --output "$tmp/page.md"
run 2 report "$tmp/run"
run 2 report "$tmp/run" --output "$tmp/page.pdf"
has err ".html or .md"
run 1 report "$tmp" --output "$tmp/x.md"
run 1 report "$tmp/run" --output "$tmp/none/x.md"
echo '{' >"$tmp/run/run.json"
run 1 report "$tmp/run" --output "$tmp/x.md"
has err run.json
[ ! -e "$tmp/x.md" ] || { echo "FAILED: x.md is there"; failed=1; }
finish
