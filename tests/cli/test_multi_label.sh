# Several labels per text: every form of the data is read the same way and reported, scores and
# predictions have the documented members, thresholds are stored and used, runs resume, edits apply, a
# teacher teaches, and what does not fit is refused by name.
. tests/cli/lib.sh
net=tests/reference/nets/distilbert-multilabel
model=$net/model
short="--logging_steps 1 --max_steps 4 --per_device_train_batch_size 8 --threads 1 --train_sampling_strategy sequential"

# same NAME A B: two files are equal
same() {
    cmp -s "$2" "$3" && return
    echo "FAILED: $1: $2 and $3 differ"
    diff "$2" "$3" | head -4
    failed=1
}
# number FILE KEY: the value of the first such member
number() { grep -o "\"$2\":[-+.0-9e]*" "$1" | head -1 | cut -d: -f2; }
losses() { grep -o '"loss":[^,]*' "$1/metrics.jsonl"; }
# expect NAME A B
expect() {
    [ "$2" = "$3" ] && return
    echo "FAILED: $1: $2, expected $3"
    failed=1
}

# ---- the same data as columns of 0 and 1, as lists, and as cells with a delimiter ----
awk -F, 'NR == 1 { for (i = NF - 3; i <= NF; i++) name[i] = $i; next }
{ text = $0; sub(/,[01],[01],[01],[01]\r?$/, "", text); gsub(/^"|"$/, "", text); gsub(/""/, "\\\"", text)
  list = ""; for (i = NF - 3; i <= NF; i++) if ($i + 0) list = list (list ? "," : "") "\"" name[i] "\""
  gsub(/\r/, "", list); printf "{\"text\":\"%s\",\"labels\":[%s]}\n", text, list }' \
    $net/train.csv | tr -d '\r' >"$tmp/lists.jsonl"
run 0 inspect $net/train.csv --json
has out '"problem_type":"multi_label_classification"'
has out '"label_column":"account,building,event,loan"'
cut -d'{' -f3 "$tmp/out" | cut -d'}' -f1 >"$tmp/counts"
run 0 inspect "$tmp/lists.jsonl" --json
has out '"problem_type":"multi_label_classification"'
cut -d'{' -f3 "$tmp/out" | cut -d'}' -f1 >"$tmp/counts2"
same "label counts" "$tmp/counts" "$tmp/counts2"
run 0 inspect $net/train.csv --json --problem_type single_label_classification --label_column loan
has out '"labels":{"0":'

train() { run 0 train --model $model --split 1,0,0 --validation $net/eval.csv $short "$@"; }
train --data $net/train.csv --output_dir "$tmp/columns"
has err "labels account, building, event, loan (columns of 0 and 1)"
run 0 train --model $model --data "$tmp/lists.jsonl" --split 1,0,0 $short --output_dir "$tmp/lists"
has err "labels labels (lists)"
expect "loss of lists" "$(losses "$tmp/lists")" "$(losses "$tmp/columns")"

printf 'text;tags\nthe lift is broken;a|b\nthe room is booked;b\nmy account is closed;a|c\nthe event is full;c\n' >"$tmp/cells.csv"
run 0 inspect "$tmp/cells.csv" --json
has out '"label_delimiter":"|"'
has out '"labels":{"a":2,"b":2,"c":2}'
printf 'text,tags\nthe lift is broken,a+b\nthe room is booked,c\n' >"$tmp/plus.csv"
run 0 inspect "$tmp/plus.csv" --json
has out '"labels":{"a+b":1,"c":1}'
run 0 inspect "$tmp/plus.csv" --json --label_delimiter +
has out '"labels":{"a":1,"b":1,"c":1}'

# ---- files of a run ----
grep -q '"problem_type": "multi_label_classification"' "$tmp/columns/run.json" ||
    { echo "FAILED: run.json has no problem_type"; failed=1; }
grep -q '"problem_type": "multi_label_classification"' "$tmp/columns/model/config.json" ||
    { echo "FAILED: config.json has no problem_type"; failed=1; }
for key in eval_f1 eval_f1_macro eval_subset_accuracy; do
    grep -q "\"$key\":" "$tmp/columns/metrics.jsonl" || { echo "FAILED: no $key"; failed=1; }
done
run 0 eval --model "$tmp/columns" --data $net/eval.csv --json
for key in '"task":"classify","problem_type":"multi_label_classification","examples":48' \
    '"subset_accuracy":' '"hamming_loss":' '"classes":[{"label":"account","precision":' \
    '"threshold":0.5' '"micro avg":{' '"macro avg":{' '"weighted avg":{' '"samples avg":{'; do
    has out "$key"
done
cut -d, -f4- "$tmp/out" | sed 's/,"confusion_matrix".*//' >"$tmp/a"
cut -d, -f4- "$tmp/columns/eval.json" | sed 's/,"confusion_matrix".*//' >"$tmp/b"
same "eval of the run's model" "$tmp/a" "$tmp/b"
head -1 "$tmp/columns/predictions.jsonl" >"$tmp/out"
for key in '"label":[' '"labels":[' '"probabilities":{"account":' '"logits":['; do has out "$key"; done
run 0 predict --model "$tmp/columns" --text "the lift is broken" --json
has out '"labels":['
run 0 predict --model "$tmp/columns" --input $net/eval.csv --output "$tmp/p.csv"
head -1 "$tmp/p.csv" >"$tmp/out"
has out 'row,text,labels,score'
run 0 baseline --data $net/train.csv --json
has out '"majority_label":['
has out '"linear":{"task":"classify","problem_type":"multi_label_classification"'

# ---- thresholds ----
train --data $net/train.csv --tune_thresholds true --output_dir "$tmp/tuned"
grep -q "thresholds of 4 labels chosen on the validation split" "$tmp/tuned/log.txt" ||
    { echo "FAILED: the log does not name the thresholds"; failed=1; }
grep -q '"label_thresholds": {' "$tmp/tuned/model/config.json" ||
    { echo "FAILED: no label_thresholds"; failed=1; }
a=$(sed 's/.*"micro avg"//' "$tmp/columns/eval.json" | grep -o '"macro avg":{[^}]*' | grep -o '"f1":[^,]*' | cut -d: -f2)
b=$(grep -o '"macro avg":{[^}]*' "$tmp/tuned/eval.json" | grep -o '"f1":[^,]*' | cut -d: -f2)
awk "BEGIN { exit !($b >= $a) }" || { echo "FAILED: F1 $b with thresholds, $a without"; failed=1; }
run 0 eval --model "$tmp/tuned" --data $net/eval.csv --json
grep -q '"threshold":0.5}' "$tmp/out" && { echo "FAILED: a threshold is 0.5"; failed=1; }
# a fine-tuned model's thresholds are not those of the next run
run 0 train --model "$tmp/tuned" --data $net/train.csv $short --output_dir "$tmp/again"
grep -q label_thresholds "$tmp/again/model/config.json" &&
    { echo "FAILED: old thresholds were kept"; failed=1; }
cp -r "$tmp/tuned/model" "$tmp/bad"
sed -i 's/"loan": 0[^,]*/"loan": 1.5/' "$tmp/bad/config.json"
run 1 predict --model "$tmp/bad" --text x
has err 'label_thresholds'

# ---- weights, a stopped run, a fork ----
train --data $net/train.csv --class_weights balanced --output_dir "$tmp/weighted"
[ "$(losses "$tmp/weighted")" != "$(losses "$tmp/columns")" ] ||
    { echo "FAILED: class weights change nothing"; failed=1; }
train --data $net/train.csv --max_steps 8 --save_strategy steps --save_steps 3 --output_dir "$tmp/whole" --tune_thresholds true
run 0 train --fork "$tmp/whole@6" --output_dir "$tmp/fork" --max_steps 8
grep -q '"problem_type": "multi_label_classification"' "$tmp/fork/run.json" ||
    { echo "FAILED: a fork has no problem_type"; failed=1; }
cp -r "$tmp/whole" "$tmp/resumed"
rm -rf "$tmp/resumed/checkpoint-8" "$tmp/resumed/model" "$tmp/resumed/eval.json"
run 0 train --resume "$tmp/resumed"
same "resumed weights" "$tmp/whole/model/model.safetensors" "$tmp/resumed/model/model.safetensors"
same "resumed thresholds" "$tmp/whole/model/config.json" "$tmp/resumed/model/config.json"

# ---- edits: the labels of a row as a list ----
sum=$(printf 'the lift is broken' | sha256sum | cut -d' ' -f1)
printf '{"row":1,"sha256":"%s","old":["a","b"],"new":["c"]}\n' "$sum" >"$tmp/edits.jsonl"
run 0 train --model starter --data "$tmp/cells.csv" --split 1,0,0 --max_steps 1 --edits "$tmp/edits.jsonl" --output_dir "$tmp/edited"
has err "1 label edit applied, 0 skipped"
# written by hand: the labels of a row have no order
printf '{"row":1,"sha256":"%s","old":["b","a","b"],"new":["c","a"]}\n' "$sum" >"$tmp/edits.jsonl"
run 0 train --model starter --data "$tmp/cells.csv" --split 1,0,0 --max_steps 1 --edits "$tmp/edits.jsonl" --output_dir "$tmp/edited2"
has err "1 label edit applied, 0 skipped"
printf '{"row":1,"sha256":"%s","old":["a"],"new":["c"]}\n' "$sum" >"$tmp/edits.jsonl"
run 0 train --model starter --data "$tmp/cells.csv" --split 1,0,0 --max_steps 1 --edits "$tmp/edits.jsonl" --output_dir "$tmp/edited3"
has err "0 label edits applied, 1 skipped"

# ---- a teacher of several labels ----
train --data $net/train.csv --teacher "$tmp/columns" --output_dir "$tmp/student"
grep -q '"distill_loss"\|"teacher_loss"\|"loss_teacher"' "$tmp/student/metrics.jsonl" ||
    { head -2 "$tmp/student/metrics.jsonl"; echo "FAILED: no teacher's loss"; failed=1; }

# ---- refused by name ----
run 2 train --model $model --data $net/train.csv --label_smoothing_factor 0.1 --output_dir "$tmp/no"
has err "label_smoothing_factor"
run 2 train --model $model --data $net/train.csv --tune_thresholds true --split 1,0,0 --output_dir "$tmp/no"
has err "no validation split, which tune_thresholds needs"
run 2 train --model $model --task qa --problem_type multi_label_classification --data $net/train.csv --output_dir "$tmp/no"
has err "problem_type is for task classify only"
run 1 train --model $model --data "$tmp/lists.jsonl" --problem_type single_label_classification --output_dir "$tmp/no"
has err "use --problem_type multi_label_classification"
printf 'text,labels\nnew text,"[""loan"",""fax""]"\n' >"$tmp/new.csv"
run 1 eval --model "$tmp/columns" --data "$tmp/new.csv"
has err 'label "fax"'
run 2 eval --model "$tmp/columns" --task classify --problem_type single_label_classification --data $net/eval.csv
has err "its head is for multi-label classification"
[ -e "$tmp/no" ] && { echo "FAILED: a refused run left a folder"; failed=1; }
finish
