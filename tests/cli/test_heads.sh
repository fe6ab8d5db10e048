# A model's folder whose head is for another purpose, or does not fit its configuration: inspect,
# predict, eval and train say the same of it, and none answers with a head that is for something else.
. tests/cli/lib.sh
nets=tests/reference/nets
data=$nets/bert-classify/train.csv

# folder NET NAME SED-EXPRESSION: a copy of a model with another config.json
folder() {
    mkdir -p "$tmp/$2"
    cp $nets/"$1"/model/* "$tmp/$2"
    tr -d '\n' <$nets/"$1"/model/config.json | sed -e "$3" >"$tmp/$2/config.json"
    cmp -s "$tmp/$2/config.json" <(tr -d '\n' <$nets/"$1"/model/config.json) &&
        { echo "FAILED: config.json of $2 is as it was"; failed=1; }
}
# refused NAME WORDS: it does not classify, but is a base for training
refused() {
    run 1 predict --model "$tmp/$1" --text "the lift is broken" --json
    has err "$2"
    run 1 predict --model "$tmp/$1" --task classify --text "the lift is broken"
    has err "$2"
    run 1 eval --model "$tmp/$1" --data $data
    has err "$2"
    run 0 inspect "$tmp/$1"
    has out "$2"
    run 0 inspect "$tmp/$1" --json
    has out "\"head\":\"$2"
    run 0 models --json
    run 0 train --model "$tmp/$1" --data $data --output_dir "$tmp/$1-run" --max_steps 1
    has err "new classify head, will be trained: the saved head is for $2"
    grep -q '"problem_type": "single_label_classification"' "$tmp/$1-run/model/config.json" &&
        grep -q BertForSequenceClassification "$tmp/$1-run/model/config.json" ||
        { echo "FAILED: the trained model of $1 is no classifier"; failed=1; }
    run 0 predict --model "$tmp/$1-run" --text "the lift is broken"
}

# four labels, as the data has: the number alone does not make it a classifier of texts
folder bert-classify tokens 's/BertForSequenceClassification/BertForTokenClassification/'
run 0 predict --model "$tmp/tokens" --text "the lift is broken" --json
has out '"words":[{"word":"the",'
run 2 predict --model "$tmp/tokens" --task classify --text "the lift is broken"
has err "its head is for token classification (ner), not for text classification: --task ner"
run 2 predict --model $nets/bert-classify/model --task ner --text "the lift is broken"
has err "not for token classification: --task classify"
run 0 train --model "$tmp/tokens" --data $data --output_dir "$tmp/tokens-run" --max_steps 1
has err "new classify head, will be trained: the saved head is for token classification"
folder bert-classify choice 's/BertForSequenceClassification/BertForMultipleChoice/'
refused choice "multiple choice"
folder bert-classify multi 's/"add_cross_attention"/"problem_type":"multi_label_classification",&/'
run 0 predict --model "$tmp/multi" --text "the lift is broken" --json
has out '"labels":['
run 0 predict --model "$tmp/multi" --task classify --text "the lift is broken" --json
has out '"labels":['
run 2 predict --model "$tmp/multi" --problem_type single_label_classification --text "the lift is broken"
has err "its head is for multi-label classification"
folder bert-classify number 's/"add_cross_attention"/"problem_type":"regression",&/'
refused number "regression"

# without a class the tensors tell
folder bert-classify unnamed 's/"architectures": *\[[^]]*\],//'
run 0 predict --model "$tmp/unnamed" --text "the lift is broken" --json
has out '"label":'
folder bert-mlm unnamed-mlm 's/"architectures": *\[[^]]*\],//'
run 0 predict --model "$tmp/unnamed-mlm" --text "the [MASK] is broken" --json
has out '"masks":'

# a pretraining checkpoint fills masks, and says what a classifier does not take of it
folder bert-mlm pretraining 's/BertForMaskedLM/BertForPreTraining/'
run 0 predict --model "$tmp/pretraining" --text "the [MASK] is broken" --json
has out '"masks":'
run 2 predict --model "$tmp/pretraining" --task classify --text "the lift is broken"
has err "--task mlm"
run 0 inspect "$tmp/pretraining" --json
has out '"missing":[],"unexpected":[]'
run 0 train --model "$tmp/pretraining" --data $data --output_dir "$tmp/p-run" --max_steps 1
has err "its head for masked language modelling is not used"

# fewer names than outputs: nobody knows which output a name is for
folder bert-classify short 's/, *"3": "loan"//; s/, *"loan": 3//'
for command in "predict --text lift" "eval --data $data" "inspect"; do
    # shellcheck disable=SC2086
    set -- $command
    word=$1
    shift
    if [ "$word" = inspect ]; then run 1 inspect "$tmp/short"; else run 1 "$word" --model "$tmp/short" "$@"; fi
    has err "is for 4 labels, but config.json has 3"
done
run 0 train --model "$tmp/short" --data $data --output_dir "$tmp/short-run" --max_steps 1
has err "new classify head, will be trained: the saved head has 4 outputs, but config.json names 3"

# other names for the same number of labels: the head is kept, with a message; a label that the
# model has under the same name keeps its place
folder bert-classify renamed 's/"0": "account"/"0": "loan"/; s/"3": "loan"/"3": "money"/; s/"account": 0/"loan": 0/; s/"loan": 3/"money": 3/'
run 0 train --model "$tmp/renamed" --data $data --output_dir "$tmp/renamed-run" --max_steps 1
has err "its head is kept; money is now called account"
tr -d ' \n' <"$tmp/renamed-run/model/config.json" |
    grep -qF '"id2label":{"0":"loan","1":"building","2":"event","3":"account"}' ||
    { echo "FAILED: a label that keeps its name keeps its place"; failed=1; }
run 0 train --model $nets/bert-classify/model --data $data --output_dir "$tmp/same" --max_steps 1
grep -q "is kept" "$tmp/err" && { echo "FAILED: nothing is renamed"; failed=1; }

# fewer layers than the weights have: what is left out is told wherever the model answers
folder bert-classify short 's/"num_hidden_layers": 2/"num_hidden_layers": 1/'
run 0 predict --model "$tmp/short" --text "the lift"
has err "config.json has fewer layers than the weights"
run 0 eval --model "$tmp/short" --data $data
has err "config.json has fewer layers than the weights"
# weights without their config.json are not called weights under another name
folder bert-classify bare 's/a/b/'
rm "$tmp/bare/config.json"
run 1 predict --model "$tmp/bare" --text "the lift"
has err "has no config.json"


# model_type and weights of two families: one error, also where the names differ only in their base
for pair in bert:roberta-classify roberta:bert-classify distilbert:bert-classify bert:distilbert-classify; do
    family=${pair%%:*}
    net=${pair##*:}
    folder "$net" "$family-$net" "s/\"model_type\": *\"[a-z0-9]*\"/\"model_type\": \"$family\"/"
    for command in "inspect $tmp/$family-$net" "predict --model $tmp/$family-$net --text a" \
        "train --model $tmp/$family-$net --data $data --output_dir $tmp/mixed --max_steps 1"; do
        # shellcheck disable=SC2086 # words are arguments
        run 1 $command
        has err "is that of a ${net%-*} model, but config.json describes a $family model; correct its model_type"
    done
done
finish
