# Smaller models from larger ones: layers, tokens, types of weights; the same results where nothing
# that a text needs was left out.
. tests/cli/lib.sh
nets=tests/reference/nets

# Texts in which many tokens of the models' vocabularies do not occur.
texts=$tmp/texts.txt
printf '%s\n' 'a fine day' 'not so fine, is it?' 'day after day 17 !' >"$texts"

# The same logits from fewer tokens, for every family.
for family in bert distilbert roberta gpt2 modernbert; do
    model=$nets/$family-classify/model
    run 0 create --from $model --keep_tokens_of "$texts" --output "$tmp/$family"
    has out "cover 100.00% of the tokens in 3 texts"
    run 0 inspect "$tmp/$family" --json
    has out '"missing":[],"unexpected":[]'
    run 0 predict --model $model --input "$texts" --json
    mv "$tmp/out" "$tmp/large"
    run 0 predict --model "$tmp/$family" --input "$texts" --json
    cmp "$tmp/out" "$tmp/large" || failed=1
    large=$(wc -c <$model/model.safetensors) small=$(wc -c <"$tmp/$family/model.safetensors")
    [ "$small" -lt "$large" ] || { echo "FAILED: $family is no smaller: $small of $large"; failed=1; }
    run 0 predict --model "$tmp/$family" --text 'Zebras: 漢字 🙂' # other texts have tokens, too
done

# Language models: embeddings and output bias become smaller together; text is still generated.
run 0 create --from $nets/gpt2-clm/model --keep_tokens_of "$texts" --output "$tmp/clm"
run 0 predict --model "$tmp/clm" --prompt 'a fine' --max_new_tokens 3
run 0 create --from $nets/bert-mlm/model --keep_tokens_of "$texts" --output "$tmp/mlm"
run 0 inspect "$tmp/mlm" --json
has out '"missing":[],"unexpected":[]'
run 0 predict --model "$tmp/mlm" --text 'a [MASK] day'
run 0 create --from $nets/roberta-mlm/model --keep_tokens_of "$texts" --keep_layers 0 --output "$tmp/rmlm"
run 0 predict --model "$tmp/rmlm" --text 'a <mask> day'

# Layers: all of them give the same file; some give a model that answers and can be trained.
m=$nets/bert-classify/model
run 0 create --from $m --keep_layers 1,0 --output "$tmp/all"
has out "2 of 2 layers"
run 0 predict --model $m --input "$texts" --json
mv "$tmp/out" "$tmp/large"
run 0 predict --model "$tmp/all" --input "$texts" --json
cmp "$tmp/out" "$tmp/large" || failed=1
run 0 create --from $m --keep_layers 1 --output "$tmp/one"
run 0 inspect "$tmp/one" --json
has out '"layers":1'
has out '"missing":[],"unexpected":[]'
run 0 predict --model "$tmp/one" --text 'a fine day' --json
cmp -s "$tmp/out" "$tmp/large" && { echo "FAILED: a layer less changed nothing"; failed=1; }
run 0 train --model "$tmp/one" --data $nets/bert-classify/train.csv --max_steps 2 --output_dir "$tmp/run"

# Layers of two kinds: each stays what it is, and the first one has no norm, whichever it was.
run 0 create --from $nets/modernbert-qa/model --keep_layers 1,3 --output "$tmp/kinds"
run 0 inspect "$tmp/kinds" --json
has out '"missing":[],"unexpected":[]'
tr -d ' \n' <"$tmp/kinds/config.json" >"$tmp/out"
has out '"layer_types":["full_attention","sliding_attention"]'
run 0 predict --model "$tmp/kinds" --question 'what?' --context 'a fine day'
run 0 create --from $nets/modernbert-ner/model --keep_layers 2,3 --output "$tmp/kinds-ner"
tr -d ' \n' <"$tmp/kinds-ner/config.json" >"$tmp/out"
has out '"layer_types":["sliding_attention","full_attention"]'

# Types of weights: bf16 halves the file, and nearly the same numbers come out.
run 0 create --from $m --dtype bf16 --output "$tmp/bf16"
has out "(bfloat16)"
grep -q '"torch_dtype": "bfloat16"' "$tmp/bf16/config.json" || failed=1
run 0 inspect "$tmp/bf16" --json
has out '"dtype":"BF16"'
run 0 predict --model "$tmp/bf16" --text 'a fine day'
run 0 create --from "$tmp/bf16" --keep_layers 0 --output "$tmp/bf16-one" # keeps the type
has out "(bfloat16)"
run 0 create --from "$tmp/bf16" --dtype fp32 --output "$tmp/fp32"
run 0 predict --model "$tmp/bf16" --input "$texts" --json
mv "$tmp/out" "$tmp/large"
run 0 predict --model "$tmp/fp32" --input "$texts" --json
cmp "$tmp/out" "$tmp/large" || failed=1
run 0 create --from $m --dtype fp16 --output "$tmp/fp16"
has out "(float16)"

# At most N tokens, the most frequent ones; data files of several kinds.
base=$("$fettle" create --from $m --keep_tokens_of "$texts" --vocab_size 8 --output "$tmp/no" 2>&1 |
    sed -n 's/.*expected \([0-9]*\) or more.*/\1/p')
[ -n "$base" ] || { echo "FAILED: no error for a vocabulary of 8"; failed=1; }
for n in "$base" $((base + 3)); do
    run 0 create --from $m --keep_tokens_of assets/data/library-mail.csv --vocab_size "$n" --output "$tmp/n$n"
    has out ", $n of "
    [ "$(wc -l <"$tmp/n$n/vocab.txt")" = "$n" ] || failed=1
done
run 2 create --from $m --keep_tokens_of "$texts" --vocab_size $((base - 1)) --output "$tmp/no"
has err "expected $base or more"
run 0 create --from $m --keep_tokens_of assets/data/harbour-qa.json --output "$tmp/qa"
has out "63 texts" # 10 contexts, 53 questions
head -n 20 assets/data/library-mail.csv | gzip >"$tmp/mail.csv.gz"
run 0 create --from $m --keep_tokens_of "$tmp/mail.csv.gz" --output "$tmp/gz"
has out "19 texts"

# Wrong input: one line, and nothing is left behind.
wrong() { # STATUS TEXT ARGS..
    local want=$1 text=$2
    shift 2
    run "$want" create --output "$tmp/wrong" "$@"
    has err "$text"
    [ "$(grep -vc '^hint:' "$tmp/err")" = 1 ] || { echo "FAILED: more than one line: $*"; failed=1; }
    [ ! -e "$tmp/wrong" ] || { echo "FAILED: left behind by $*"; failed=1; }
}
wrong 2 'keep_layers is "2", expected different layers from 0 to 1' --from $m --keep_layers 2
wrong 2 'layer twice' --from $m --keep_layers 0,1,0
wrong 2 'keep_layers is ""' --from $m --keep_layers ''
wrong 2 'keep_layers is "0,"' --from $m --keep_layers 0,
wrong 2 'keep_layers is "-1"' --from $m --keep_layers=-1
wrong 2 'keep_layers is "all"' --from $m --keep_layers all
wrong 1 'none.csv' --from $m --keep_tokens_of "$tmp/none.csv"
: >"$tmp/empty.txt"
wrong 1 'empty' --from $m --keep_tokens_of "$tmp/empty.txt"
wrong 1 'no/model' --from no/model --keep_layers 0
wrong 2 'dtype is "int8"' --from $m --dtype int8
wrong 2 'needs --keep_layers' --from $m
wrong 2 '--vocab_size needs --keep_tokens_of' --from $m --vocab_size 100 --keep_layers 0
wrong 2 '--config and --from' --from $m --config $m/config.json
wrong 2 '--keep_layers needs --from' --config $m/config.json --keep_layers 0
run 1 create --from $m --keep_layers 0 --output "$tmp/one"
has err "already exists"
cp -r $m "$tmp/cut"
chmod -R u+w "$tmp/cut"
head -c 20000 $m/model.safetensors >"$tmp/cut/model.safetensors"
wrong 1 'model.safetensors' --from "$tmp/cut" --keep_layers 0
finish
