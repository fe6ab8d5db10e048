# The files of a tokenizer that disagree: what tokenizer_config.json says counts, as in transformers,
# or that it does not is told; a class that finds words in another way is refused.
. tests/cli/lib.sh
nets=tests/reference/nets
data=$nets/bert-classify/train.csv

# folder NET NAME JSON: a copy whose tokenizer_config.json has these keys, too (and first)
folder() {
    mkdir "$tmp/$2"
    cp $nets/"$1"/model/* "$tmp/$2"
    tr -d '\n' <$nets/"$1"/model/tokenizer_config.json |
        sed -e 's/"do_lower_case": *[a-z]*, *//; s/"tokenizer_class": *"[A-Za-z]*", *//' \
            -e 's/"add_prefix_space": *[a-z]*, *//' -e "s/^{/{$3,/" >"$tmp/$2/tokenizer_config.json"
}
# tokens MODEL TEXT: into $tmp/out
tokens() {
    local rc=0
    printf '%s\n' "$2" | "$fettle" tokenize --model "$1" --format tokens >"$tmp/out" 2>"$tmp/err" || rc=$?
    [ $rc = 0 ] || { echo "FAILED: tokenize $1: exit $rc"; cat "$tmp/err"; failed=1; }
}
same() {
    cmp -s "$tmp/out" "$1" || { echo "FAILED: $2:"; diff "$tmp/out" "$1"; failed=1; }
}
bert='"tokenizer_class":"BertTokenizer"'

# an unknown class: tokenizer.json is used, with a message
folder bert-classify unknown '"tokenizer_class":"FooTokenizer"'
run 0 predict --model "$tmp/unknown" --text "the lift"
has err "tokenizer_class FooTokenizer is not known; tokenizer.json is used"

# do_lower_case: as from a tokenizer.json that says it, in the trained model as well
folder bert-classify cased "$bert,\"do_lower_case\":false"
sed 's/"lowercase": *true/"lowercase":false/; s/"strip_accents": *true/"strip_accents":false/' \
    $nets/bert-classify/model/tokenizer.json >"$tmp/cased.json"
cmp -s "$tmp/cased.json" $nets/bert-classify/model/tokenizer.json && { echo "FAILED: sed"; failed=1; }
mkdir "$tmp/plain"
cp "$tmp/cased.json" "$tmp/plain/tokenizer.json"
tokens "$tmp/plain" "When is the Lift broken?"
cp "$tmp/out" "$tmp/want"
tokens "$tmp/cased" "When is the Lift broken?"
same "$tmp/want" "do_lower_case false"
has err "do_lower_case is false, but tokenizer.json has true; tokenizer_config.json is used"
run 0 inspect "$tmp/cased"
has out "do_lower_case is false"
run 0 predict --model "$tmp/cased" --text "the lift"
has err "do_lower_case is false"
run 0 train --model "$tmp/cased" --data $data --output_dir "$tmp/run" --max_steps 1
has err "do_lower_case is false"
tokens "$tmp/run" "When is the Lift broken?"
same "$tmp/want" "do_lower_case false, trained"
[ -s "$tmp/err" ] && { echo "FAILED: the files of the trained model disagree"; cat "$tmp/err"; failed=1; }
rm "$tmp/run/model/tokenizer_config.json"
tokens "$tmp/run" "When is the Lift broken?"
same "$tmp/want" "tokenizer.json of the trained model"
# a class that takes tokenizer.json as it is
folder bert-classify generic '"tokenizer_class":"PreTrainedTokenizerFast","do_lower_case":false'
tokens $nets/bert-classify/model "When is the Lift broken?"
cp "$tmp/out" "$tmp/lower"
tokens "$tmp/generic" "When is the Lift broken?"
same "$tmp/lower" "PreTrainedTokenizerFast"
has err "tokenizer.json is used"

# add_prefix_space
folder roberta-classify spaced '"tokenizer_class":"RobertaTokenizer","add_prefix_space":true'
tokens $nets/roberta-classify/model " the lift"
cp "$tmp/out" "$tmp/want"
tokens "$tmp/spaced" "the lift"
same "$tmp/want" "add_prefix_space true"

# added tokens, in both places, and kept by training
for place in file decoder; do
    if [ $place = file ]; then
        folder bert-classify added-file "$bert,\"do_lower_case\":true"
        echo '{"zebrafish": 240, "[TICKET]": 241}' >"$tmp/added-file/added_tokens.json"
    else
        one='"lstrip":false,"rstrip":false,"single_word":false,"normalized":true,"special":false'
        folder bert-classify added-decoder "$bert,\"do_lower_case\":true,\"added_tokens_decoder\":{\"240\":{\"content\":\"zebrafish\",$one},\"241\":{\"content\":\"[TICKET]\",$one}}"
    fi
    printf 'the zebrafish [TICKET]\n' | "$fettle" tokenize --model "$tmp/added-$place" >"$tmp/out" 2>&1
    grep -q ' 240 241 3$' "$tmp/out" || { echo "FAILED: added tokens by $place"; cat "$tmp/out"; failed=1; }
    # the embeddings have no row for them: said, not read outside
    run 1 predict --model "$tmp/added-$place" --text "the zebrafish"
    has err "embedding"
done
echo '{"zebrafish": 7}' >"$tmp/added-file/added_tokens.json"
run 1 predict --model "$tmp/added-file" --text x
has err "zebrafish has the id 7, which is"
echo '{"the": 7}' >"$tmp/added-file/added_tokens.json"
run 0 predict --model "$tmp/added-file" --text x
has err "added_tokens.json: the has the id 7, but"

# special tokens that are not there, or are others
folder bert-classify names "$bert,\"additional_special_tokens\":[\"<e1>\"],\"do_lower_case\":true"
sed -i 's/"mask_token": *"\[MASK\]"/"mask_token":"<blank>"/' "$tmp/names/tokenizer_config.json"
tokens "$tmp/names" "the lift"
has err "<e1> is not in the vocabulary"
has err "mask_token is <blank>, which is not in the vocabulary"

# classes: of another model, of no file that is here, in config.json
folder bert-classify mixed '"tokenizer_class":"GPT2Tokenizer"'
tokens "$tmp/mixed" "the lift"
has err "tokenizer_class is GPT2Tokenizer, but tokenizer.json has a WordPiece model"
for class in BertJapaneseTokenizer BertweetTokenizer T5Tokenizer MyOwnTokenizer; do
    folder bert-classify $class "\"tokenizer_class\":\"$class\""
    rm "$tmp/$class/tokenizer.json"
    run 1 predict --model "$tmp/$class" --text "the lift"
    has err "tokenizer_class $class is not supported"
    run 1 train --model "$tmp/$class" --data $data --output_dir "$tmp/no-run" --max_steps 1
    has err "tokenizer_class $class is not supported"
    run 0 inspect "$tmp/$class"
    has out "tokenizer_class $class is not supported"
done
folder bert-classify words "$bert,\"word_tokenizer_type\":\"mecab\""
run 1 eval --model "$tmp/words" --data $data
has err "(mecab) is not supported"
folder bert-classify in-config '"do_lower_case":true'
rm "$tmp/in-config/tokenizer.json"
sed -i 's/^{/{"tokenizer_class":"BertJapaneseTokenizer",/' "$tmp/in-config/config.json"
run 1 predict --model "$tmp/in-config" --text "the lift"
has err "BertJapaneseTokenizer"
folder bert-classify no-merges '"tokenizer_class":"RobertaTokenizer"'
rm "$tmp/no-merges/tokenizer.json"
run 1 predict --model "$tmp/no-merges" --text "the lift"
has err "RobertaTokenizer needs vocab.json with merges.txt"
# from vocab.txt alone the class is fine under its other names
folder bert-classify fast '"tokenizer_class":"DistilBertTokenizerFast","do_lower_case":true'
rm "$tmp/fast/tokenizer.json"
tokens "$tmp/fast" "When is the Lift broken?"
same "$tmp/lower" "vocab.txt"
finish
