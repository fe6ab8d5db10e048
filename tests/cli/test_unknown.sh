# Texts whose words the model's vocabulary does not have: reported by inspect, train, eval and
# predict, and on Data, Model and Tune; a few such words are not.
. tests/cli/lib.sh
net=tests/reference/nets/bert-classify/model
starter=tests/assets/models/starter
said="[UNK] tokens: words missing from the model's vocabulary"
{
    echo text,label
    for i in $(seq 40); do
        case $((i % 2)) in
        0) echo "Ο ανελκυστήρας είναι χαλασμένος $i,κακό" ;;
        1) echo "Η βιβλιοθήκη είναι όμορφη $i,καλό" ;;
        esac
    done
} >"$tmp/greek.csv"

run 0 inspect "$tmp/greek.csv" --model $net
has out "$said"
run 0 inspect "$tmp/greek.csv" --model $net --json
has out "\"kind\":\"unknown_words\",\"what\":\""
has out "$said"
run 0 train --model $net --data "$tmp/greek.csv" --output_dir "$tmp/run" --max_steps 1
has err "$said"
run 0 eval --model "$tmp/run" --data "$tmp/greek.csv"
has err "$said"
run 0 predict --model $net --text "Η βιβλιοθήκη είναι όμορφη"
has err "$said"
run 0 predict --model $net --input "$tmp/greek.csv" --output "$tmp/out.jsonl"
has err "$said"
run 0 predict --model tests/reference/nets/bert-qa/model --question "Πού;" --context "Η βιβλιοθήκη είναι όμορφη"
has err "$said"

# known words, with a stranger among them; a vocabulary of bytes knows all
quiet() {
    grep -q "vocabulary does not have" "$tmp/err" "$tmp/out" &&
        { echo "FAILED: nothing is unknown here"; cat "$tmp/err"; failed=1; }
}
run 0 predict --model $net --text "the lift is broken Ω and the book is at the library"
quiet
run 0 inspect tests/reference/nets/bert-classify/train.csv --model $net
quiet
run 0 inspect "$tmp/greek.csv" --model tests/reference/nets/gpt2-classify/model
quiet
run 0 inspect "$tmp/greek.csv"
quiet

# the workbench
export XDG_STATE_HOME=$tmp/state XDG_CONFIG_HOME=$tmp/config
printf '%s\n' ":wait data" "expect [UNK] tokens" "key 2" ":wait models" "expect [UNK] tokens" "key 3" \
    "expect [UNK] tokens" >"$tmp/script"
run 0 ui --open "$tmp/greek.csv" --model $starter --script "$tmp/script"
finish
