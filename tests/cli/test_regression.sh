# Regression: what is inferred and left out, training with and without a scale, the files of a run,
# resuming to the same bytes, evaluation, prediction, the baseline, a teacher, and what is refused.
. tests/cli/lib.sh
case $fettle in /*) ;; *) fettle=$PWD/$fettle ;; esac
nets=$PWD/tests/reference/nets
mail=$PWD/assets/data/library-mail.csv
cd "$tmp" || exit 1

check() { # TEXT COMMAND..: the command holds
    local text=$1
    shift
    "$@" >/dev/null 2>&1 && return
    echo "FAILED: $text"
    failed=1
}
# The number of a key in a file of JSON.
number() { sed -n "s/.*\"$2\": *\([-0-9.e+]*\)[,}].*/\1/p" "$1" | tail -1; }
less() { awk "BEGIN { exit !($1 < $2) }"; }

# a value that follows from the words, near 1 and far from it
awk 'BEGIN {
    n = split("account building event loan card film room game", w, " ")
    for (i = 0; i < 160; i++) {
        a = i * 7 % n; b = i * 5 % 11 % n
        printf "%s and %s %d,%.2f\n", w[a + 1], w[b + 1], i % 9, 0.1 + (a + b) / 4
    }
}' >rows
{ echo text,score; cat rows; } >near.csv
{ echo text,price; awk -F, '{ printf "%s,%d.5\n", $1, 20000 + 4000 * $2 }' rows; } >far.csv

# ---- inference ----
run 0 inspect near.csv --json
has out '"label_column":"score","problem_type":"regression","values":{"n":160'
printf 'text;price\na b;0,5\nb c;1,250\nc d;NaN\nd e;inf\ne f;cheap\nf g;\ng h;2\nh i;3\ni j;4,5\nj k;1,5\nk l;7,5\nl m;2,5\nm n;3,5\nn o;9\no p;8\np q;6\nq r;5\nr s;1\n' >odd.csv
run 0 inspect odd.csv
has out 'values       0.5 to 9'
has out '2 rows whose labels are not finite numbers, excluded (first: row 4, label is not a finite number: inf)'
has out '2 rows without a label'
printf 'id,V,A,text\n1,0.5,0.25,one two\n2,1.5,0.75,two three\n3,2.5,0.5,three four\n' >several.csv
run 0 inspect several.csv --json
has out '"label_column":"V","problem_type":"regression"'
printf 'A plane is taking off now.,An air plane takes off now.,5.0\nA man plays the flute.,A man plays a large flute.,3.8\nTwo dogs run in the snow.,A cat sleeps on the sofa.,0.2\n' >bare.csv
run 0 inspect bare.csv --json
has out '"text_column":"column1","text_pair_column":"column2","label_column":"column3","problem_type":"regression"'
# whole numbers are classes unless somebody says otherwise, fractions never
printf 'text,stars\na,1\nb,2\nc,3\nd,1\n' >stars.csv
run 0 inspect stars.csv --json
has out '"problem_type":"single_label_classification"'
run 0 inspect stars.csv --json --problem_type regression
has out '"problem_type":"regression"'
run 1 train --model "$nets/bert-classify/model" --data near.csv --output_dir no \
    --problem_type single_label_classification
has err 'contains fractions'
has err -- '--problem_type regression'
run 1 train --model "$nets/bert-classify/model" --data "$mail" --output_dir no --problem_type regression
has err '"label" is not a column of numbers'
printf 'text,score\na,2.5\nb,2.50\nc,2.5\n' >constant.csv
run 1 train --model "$nets/bert-classify/model" --data constant.csv --output_dir no
has err 'all training rows have the value 2.5, expected two different values or more'
run 2 train --model "$nets/bert-classify/model" --data near.csv --output_dir no --metric_for_best_model f1
has err 'expected one of pearson|spearman|mse|mae|loss'
check "a refused run leaves no folder" test ! -e no

# ---- training, every family ----
options="--max_seq_length 16 --num_train_epochs 10 --learning_rate 3e-3 --threads 1 --logging_steps 5
    --per_device_train_batch_size 8 --dropout 0"
for family in bert distilbert roberta gpt2; do
    # shellcheck disable=SC2086 # the options are words
    run 0 train --model "$nets/$family-classify/model" --data near.csv --output_dir $family $options
    has err 'new classify head'
    check "$family: problem_type" grep -q '"problem_type": "regression"' $family/model/config.json
    check "$family: Pearson $(number $family/eval.json pearson)" less 0.5 "$(number $family/eval.json pearson)"
done
check "metrics" grep -q '"eval_pearson":.*"eval_spearman":.*"eval_mse":.*"eval_mae":' bert/metrics.jsonl
check "best" grep -q '"metric_for_best_model": *"pearson"' bert/run.json
check "eval.json" grep -q '^{"task":"classify","problem_type":"regression","examples":17,"loss":[0-9.e-]*,"mse":[0-9.e-]*,"rmse":[0-9.e-]*,"mae":[0-9.e-]*,"r2":[0-9.e-]*,"pearson":[0-9.e-]*,"spearman":[0-9.e-]*,"part":"test","step":[0-9]*,"baseline":{"mean":[0-9.e-]*,"linear":[0-9.e-]*}}$' bert/eval.json
check "predictions.jsonl" grep -qE '^\{"row":[0-9]+,"part":"test","text":"[^"]*","label":[0-9.]+,"value":-?[0-9.]+,"loss":[0-9.e-]+\}$' bert/predictions.jsonl
check "the mean is the worse baseline" less "$(sed 's/.*"linear":\([0-9.e-]*\)}}/\1/' bert/eval.json)" \
    "$(sed 's/.*"mean"://; s/,.*//' bert/eval.json)"

# ---- targets far from 1: learned in another scale, saved in their own ----
# shellcheck disable=SC2086
run 0 train --model "$nets/bert-classify/model" --data far.csv --output_dir far $options --logging_steps 20
has err 'they are learned divided by 4096, starting from their mean'
check "far: Pearson $(number far/eval.json pearson)" less 0.5 "$(number far/eval.json pearson)"
run 0 eval --model far/model --data far.csv --json
run 0 predict --model far/model --text "game and game 3" --json
has out '"value":'
value=$(number out value)
check "far: a prediction of $value" less 15000 "$value"
# shellcheck disable=SC2086
run 0 train --model "$nets/gpt2-classify/model" --data far.csv --output_dir far-gpt2 $options --logging_steps 20
has err 'they are learned divided by 4096; models'

# shellcheck disable=SC2086
run 0 train --model "$nets/bert-classify/model" --data far.csv --output_dir unscaled $options --logging_steps 20 --scale_targets false
has err 'and are not scaled: AdamW may need many updates'
check "unscaled: R2 is far below" less "$(number unscaled/eval.json r2)" "$(number far/eval.json r2)"
run 0 train --model "$nets/bert-classify/model" --data far.csv --output_dir scaled $options --max_steps 2 --scale_targets true
# a run that was cut off goes on to the same bytes, with the scale and from a head that is kept
plain() { sed -E 's/"(tokens_per_second|ms|rss_bytes|eval_runtime|train_runtime)":(\{[^}]*\}|[0-9.e+-]*),?//g' "$1/metrics.jsonl"; }
for model in "$nets/bert-classify/model" far/model; do
    rm -rf whole cut
    for dir in whole cut; do
        # shellcheck disable=SC2086
        run 0 train --model "$model" --data far.csv --output_dir $dir $options --save_strategy steps --save_steps 7 \
            --max_steps 20 --save_total_limit 9 --dropout 0.1
    done
    rm -r cut/model cut/eval.json cut/predictions.jsonl cut/checkpoint-20
    run 0 train --resume cut
    for f in model/model.safetensors checkpoint-20/model.safetensors predictions.jsonl eval.json; do
        cmp whole/$f cut/$f || { echo "FAILED: resumed from $model: other $f"; failed=1; }
    done
    plain whole >a
    plain cut | cmp a - || { echo "FAILED: resumed: other metrics"; failed=1; }
done

# ---- prediction ----
run 0 predict --model bert --text "a < b"
check "a number alone" grep -qE '^-?[0-9.]+$' out
run 0 predict --model bert --text "one two" --text_pair "three" --json --explain
has out '{"text":"one two","text_pair":"three","value":'
has out '"tokens":[{"text":"[CLS]"'
run 0 predict --model bert --input near.csv --output p.jsonl
check "jsonl" grep -qE '^\{"text":"[^"]*","value":-?[0-9.e-]+,"data_score":"[0-9.]+"\}$' p.jsonl
run 0 predict --model bert --input near.csv --output p.csv
check "csv" grep -q '^row,text,value,data_score$' p.csv
run 0 predict --model bert --input near.csv --output p.json
check "json" grep -qE '^\{?"[0-9]+":-?[0-9.e-]+,?' p.json
printf 'a text\nanother\n' >plain.txt
run 0 predict --model bert --input plain.txt --json
has out '{"text":"another","value":'

# ---- evaluation of other data ----
run 0 eval --model bert --data near.csv
has out 'pearson'
run 0 eval --model bert --data constant.csv --json
has out '"r2":'
has out '"pearson":null,"spearman":null'
run 0 eval --model bert --data constant.csv
has out 'not defined'
printf 'text,score\n' >none.csv
run 1 eval --model bert --data none.csv
run 1 eval --model bert --data "$mail" --label_column label
has err 'is not a column of numbers'

# ---- the baseline ----
run 0 baseline --data near.csv --json
has out '"mean_value":'
has out '"linear":{"task":"classify","problem_type":"regression"'
run 0 baseline --data near.csv
has out 'mean '
check "two runs, the same bytes" cmp <("$fettle" baseline --data near.csv --json 2>/dev/null) \
    <("$fettle" baseline --data near.csv --json 2>/dev/null)

# ---- a teacher of numbers ----
# shellcheck disable=SC2086
run 0 train --teacher bert --model "$nets/bert-classify/model" --data near.csv --output_dir taught $options \
    --distill_alpha 1
check "taught: Pearson $(number taught/eval.json pearson)" less 0.5 "$(number taught/eval.json pearson)"
run 1 train --teacher bert --model "$nets/bert-classify/model" --data "$mail" --output_dir no
has err 'is not a column of numbers'

# ---- edits ----
printf '{"row":1,"sha256":"%s","old":"%s","new":"9.75"}\n' \
    "$(sed -n '2s/,[^,]*$//p' near.csv | tr -d '\n' | sha256sum | cut -c1-64)" \
    "$(sed -n '2s/.*,//p' near.csv)" >edits.jsonl
run 0 train --model "$nets/bert-classify/model" --data near.csv --edits edits.jsonl --output_dir edited \
    --max_steps 1 --max_seq_length 40 --split 1,0,0
has err '1 label edit applied, 0 skipped'
finish
