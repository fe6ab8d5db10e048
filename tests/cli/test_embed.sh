# embed: JSON lines and numpy arrays, which column is embedded, bad input in one line with nothing written.
. tests/cli/lib.sh
nets=tests/reference/nets
net=$nets/bert-mlm/model
printf 'label,title,text\na,one,"The library is open, on Monday."\nb,two,\n"",three,"A ""book"""\n' >"$tmp/in.csv"
printf 'The library is open, on Monday.\n\nA "book"\n' >"$tmp/in.txt"

# stdout: a line for each row in order; the same texts of a .txt file give the same vectors
run 0 embed --model $net --input "$tmp/in.csv"
has out '{"text":"The library is open, on Monday.","embedding":['
has err "in.csv: csv, utf-8, delimiter comma, header row, 3 rows, text text"
has err "mean pooling, L2-normalised, 20 numbers, at most 64 tokens"
[ "$(wc -l <"$tmp/out")" = 3 ] || { echo "FAILED: not 3 lines"; failed=1; }
[ "$(sed -n 2p "$tmp/out" | cut -c1-10)" = '{"text":""' ] || { echo "FAILED: row 2"; failed=1; }
cp "$tmp/out" "$tmp/csv.jsonl"
run 0 embed --model $net --input "$tmp/in.txt"
cmp -s "$tmp/out" "$tmp/csv.jsonl" || { echo "FAILED: .txt and .csv differ"; failed=1; }
run 0 embed --model $net --input "$tmp/in.csv" --output "$tmp/v.jsonl"
cmp -s "$tmp/v.jsonl" "$tmp/csv.jsonl" || { echo "FAILED: stdout and file differ"; failed=1; }
has err "3 vectors of 20 numbers"
[ -s "$tmp/out" ] && { echo "FAILED: a result on stdout beside the file"; failed=1; }
run 0 embed --model $net --input "$tmp/in.csv" --text_column title
has out '{"text":"two","embedding":['
run 0 embed --model $net --input "$tmp/in.csv" --output "$tmp/v.npy"
head -c 128 "$tmp/v.npy" | grep -qaF "'shape': (3, 20)" || { echo "FAILED: no shape"; failed=1; }
[ "$(stat -c %s "$tmp/v.npy")" = $((128 + 3 * 20 * 4)) ] || { echo "FAILED: size of v.npy"; failed=1; }

# questions of a SQuAD file, or their contexts; other families
run 0 embed --model $nets/roberta-mlm/model --input assets/data/harbour-qa.json
has err "SQuAD"
has err "text question"
run 0 embed --model $nets/distilbert-qa/model --input assets/data/harbour-qa.json --text_column context
has err "text context"
has err "truncated to 64 tokens"
run 0 embed --model $nets/gpt2-clm/model --input "$tmp/in.txt"
has err "1 text without tokens: the vector is 0"
has out '{"text":"","embedding":[0,0,'
run 0 embed --model tests/assets/models/starter --input assets/data/library-mail.csv --max_seq_length 9
has err "at most 9 tokens"

# what modules.json says is shown by inspect; a model without Normalize, and with --normalize
mkdir -p "$tmp/st/1_Pooling"
cp $net/* "$tmp/st"
cp tests/reference/embed/bert-all-modes/modules.json "$tmp/st"
echo '{"pooling_mode":["mean","cls"]}' >"$tmp/st/1_Pooling/config.json"
echo '{"max_seq_length":12}' >"$tmp/st/sentence_bert_config.json"
run 0 inspect "$tmp/st"
has out "embeddings     mean + cls pooling, not normalised, 40 numbers, at most 12 tokens"
run 0 inspect "$tmp/st" --json
has out '"embedding":{"pooling":"mean + cls pooling, not normalised","size":40,"max_seq_length":12}'
run 0 embed --model "$tmp/st" --input "$tmp/in.txt"
cp "$tmp/out" "$tmp/raw"
run 0 embed --model "$tmp/st" --input "$tmp/in.txt" --normalize
has err "then normalised"
cmp -s "$tmp/out" "$tmp/raw" && { echo "FAILED: --normalize changed nothing"; failed=1; }
echo '{"pooling_mode":"best"}' >"$tmp/st/1_Pooling/config.json"
run 0 inspect "$tmp/st"
has out "embeddings     cannot be used: $tmp/st/1_Pooling/config.json: pooling_mode best"

# bad input: STATUS|TEXT|arguments
: >"$tmp/empty.txt"
mkdir "$tmp/folder.npy"
printf 'a,b\n1,2\n3,4\n' >"$tmp/numbers.csv"
echo x >"$tmp/old.npy"
while IFS='|' read -r status text args; do
    # shellcheck disable=SC2086
    run "$status" embed $args
    has err "$text"
    [ "$(grep -c '^error' "$tmp/err")" = 1 ] || { echo "FAILED: embed $args: not one error"; failed=1; }
done <<EOF
2|--model is required|--input $tmp/in.txt
2|--input is required|--model $net
2|expected an output file ending in .jsonl or .npy|--model $net --input $tmp/in.txt --output $tmp/x.csv
2|expected a file, not a pipe|--model $net --input -
2|is the input file|--model $net --input $tmp/v.jsonl --output $tmp/v.jsonl
2|no column "nothing" for the text|--model $net --input $tmp/in.csv --text_column nothing
2|unknown option|--model $net --input $tmp/in.csv --pooling mean
1|no-such.txt|--model $net --input $tmp/no-such.txt
1|no such model|--model no-such-model --input $tmp/in.txt
1|pooling_mode best|--model $tmp/st --input $tmp/in.txt --output $tmp/never.npy
1|empty.txt|--model $net --input $tmp/empty.txt --output $tmp/never.npy
1|folder.npy: is a folder|--model $net --input $tmp/in.txt --output $tmp/folder.npy
1|nowhere|--model $net --input $tmp/in.txt --output $tmp/nowhere/never.npy
2|max_seq_length: 1 is out of range|--model $net --input $tmp/in.txt --output $tmp/old.npy --max_seq_length 1
EOF
[ -e "$tmp/never.npy" ] && { echo "FAILED: something was written"; failed=1; }
[ "$(cat "$tmp/old.npy")" = x ] || { echo "FAILED: an error overwrote a file"; failed=1; }
if [ -e /dev/full ]; then
    "$fettle" embed --model $net --input "$tmp/in.txt" >/dev/full 2>"$tmp/err"
    [ $? = 1 ] || { echo "FAILED: a full stdout is no error"; failed=1; }
    has err "stdout"
fi
[ -z "$(ls -A "$tmp" | grep tmp)" ] || { echo "FAILED: leftovers: $(ls -A "$tmp")"; failed=1; }
finish
