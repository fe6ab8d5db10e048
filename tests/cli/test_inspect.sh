# inspect, tokenize, models, baseline on what ships.
. tests/cli/lib.sh

data=assets/data/library-mail.csv
rows=$(($(wc -l <$data) - 1))
run 0 inspect $data --json
has out '"kind":"data","format":"csv","encoding":"utf-8","delimiter":","'
has out "\"rows\":$rows,\"columns\":[\"text\",\"label\"],\"text_column\":\"text\",\"label_column\":\"label\""
run 0 inspect $data --rows 3
[ "$(wc -l <"$tmp/out")" = 3 ] || { echo "FAILED: --rows 3"; failed=1; }
has out '{"text":"My registration'
run 0 inspect $data --rows
[ "$(wc -l <"$tmp/out")" = "$rows" ] || { echo "FAILED: --rows"; failed=1; }
run 0 inspect assets/data/harbour-qa.json --json
has out '"format":"squad"'
run 2 inspect $data --label_column kind --rows=x
run 2 inspect
run 1 inspect "$tmp/nothing"
has err "nothing"

printf 'text,label\nsame,a\nsame,b\n,a\n' >"$tmp/odd.csv"
run 0 inspect "$tmp/odd.csv" --json
has out '"kind":"conflict"'
has out '"kind":"empty"'
has out '"row":3'

# hostile weights: cut, empty, lying header
head -c 100 /dev/zero >"$tmp/zero.safetensors"
: >"$tmp/empty.safetensors"
printf '\377\377\377\377\377\377\377\377{}' >"$tmp/huge.safetensors"
for f in zero empty huge; do
    run 1 inspect "$tmp/$f.safetensors"
    has err "$f.safetensors"
done
printf '\002\0\0\0\0\0\0\0{}' >"$tmp/fine.safetensors"
run 0 inspect "$tmp/fine.safetensors" --json
has out '"tensors":[]'

# a folder that is a model in part, and an empty text
mkdir -p "$tmp/half" "$tmp/odd/config.json"
cp tests/assets/models/starter/tokenizer.json "$tmp/half"
for f in half odd; do
    run 1 inspect "$tmp/$f"
    has err config.json
done
: >"$tmp/empty.txt"
run 1 inspect "$tmp/empty.txt"
has err "empty"
run 1 inspect "$tmp/empty.txt" --rows

# tokenize reads what the other commands read, and says what is no UTF-8
printf 'one\ntwo \377 x\n\nthree' >"$tmp/lines.txt"
gzip -k "$tmp/lines.txt"
for f in lines.txt lines.txt.gz; do
    run 0 tokenize --model tests/reference/nets/gpt2-clm/model "$tmp/$f"
    has err "$f: 1 row (first 2): invalid UTF-8 became U+FFFD"
    [ "$(wc -l <"$tmp/out")" = 4 ] || { echo "FAILED: lines of $f"; failed=1; }
    cp "$tmp/out" "$tmp/$f.ids"
done
cmp "$tmp/lines.txt.ids" "$tmp/lines.txt.gz.ids" || { echo "FAILED: tokenize of .gz"; failed=1; }
"$fettle" tokenize --model tests/reference/nets/gpt2-clm/model <"$tmp/lines.txt" 2>"$tmp/err" |
    cmp - "$tmp/lines.txt.ids" || { echo "FAILED: tokenize of a stream"; failed=1; }
has err "stdin: 1 line (first 2): invalid UTF-8"
printf '"a"\n{"text":x}\n' >"$tmp/bad.jsonl"
run 1 tokenize --model starter --input_format jsonl "$tmp/bad.jsonl"
has err "bad.jsonl: line 2: column 9: "

run 0 baseline --data $data --json
cp "$tmp/out" "$tmp/first"
run 0 baseline --data $data --json
cmp -s "$tmp/out" "$tmp/first" || { echo "FAILED: two baselines differ"; failed=1; }
has out '"majority":{'
has out '"linear":{"task":"classify"'
run 2 baseline
export XDG_STATE_HOME=$tmp/state
HF_HUB_CACHE=$tmp/none run 0 models
has out "218,396 parameters"
HF_HUB_CACHE=$tmp/none run 0 models --json
has out '{"name":"starter","kind":"bundled","path":"'
has out '"complete":true,"family":"bert","architecture":"BertForMaskedLM","task":"mlm","parameters":218396,"layers":2'
mkdir -p "$tmp/cache/models--org--broken/snapshots/0123456"
cp tests/assets/models/starter/config.json "$tmp/cache/models--org--broken/snapshots/0123456"
HF_HUB_CACHE=$tmp/cache run 0 models --json
has out '"name":"org/broken","kind":"cache"'
has out '"complete":false,"error":"'
run 0 doctor
has out "OpenBLAS"
run 0 doctor --json
has out "\"processor\":{\"name\":"

ref=tests/reference/metrics
run 0 eval --predictions $ref/squad-predictions.json --data $ref/squad-data.json --json
has out '{"exact":43.3962264150943'
has out '"NoAns_total":10}'
run 0 eval --predictions $ref/squad-predictions.json --data $ref/squad-data.json \
    --na_probs $ref/squad-na-probs.json --json
has out '"best_f1_thresh":0.789984'
run 2 eval --predictions $ref/squad-predictions.json
run 2 eval --predictions $ref/squad-predictions.json --data $ref/squad-data.json --model starter
has err "not both"
run 2 eval --model starter --data $ref/squad-data.json --na_probs $ref/squad-na-probs.json
has err "--na_probs"
run 1 eval --predictions $ref/squad-scores.json --data $ref/squad-data.json
finish
