# What ends a generated text: eos_token_id of config.json and of generation_config.json, a number or
# a list, as transformers takes them; the tokenizer's only where the files say nothing.
. tests/cli/lib.sh
net=tests/reference/nets/gpt2-clm/model

# folder NAME CONFIG-EOS GENERATION-EOS: a copy with these values; "" leaves the key or file out
folder() {
    mkdir "$tmp/$1"
    cp $net/* "$tmp/$1"
    tr -d '\n' <$net/config.json |
        sed -e 's/"eos_token_id": *[^,}]*, *//' -e "s/^{/{${2:+\"eos_token_id\":$2,}/" >"$tmp/$1/config.json"
    rm -f "$tmp/$1/generation_config.json"
    [ -z "$3" ] || echo "{\"eos_token_id\":$3}" >"$tmp/$1/generation_config.json"
}
# ids MODEL: what 12 tokens behind a prompt are
ids() {
    run 0 predict --model "$1" --prompt "a book" --max_new_tokens 12 --json
    sed 's/.*"ids":\[//; s/\].*//' "$tmp/out"
}
all=$(ids $net)
# the token three behind the prompt, where it comes first, and another later on
prompt=$(printf 'a book\n' | "$fettle" tokenize --model $net | wc -w)
first=$(echo "$all" | cut -d, -f$((prompt + 3)))
[ "$(echo "$all" | tr , '\n' | tail -n +$((prompt + 1)) | head -n 3 | grep -cx "$first")" = 1 ] ||
    { echo "FAILED: the net repeats itself; take another token"; failed=1; }
cut=$(echo "$all" | cut -d, -f1-$((prompt + 2)))

# ends NAME CONFIG GENERATION yes|no: whether the text ends in front of that token
ends() {
    folder "$@"
    local got want=$all
    got=$(ids "$tmp/$1")
    [ "$4" = no ] || want=$cut
    [ "$got" = "$want" ] || { echo "FAILED: $1: $got, expected $want"; failed=1; }
}
ends config "$first" "" yes
ends list "[239, $first]" "" yes
ends generation 239 "$first" yes
ends generation-list 239 "[238, $first]" yes
ends both "$first" 239 yes
ends neither 239 "" no
ends null null "" no
ends nothing "" "" no
ends no-number 239 null no

# a trained model says the same of its end
run 0 train --model "$tmp/generation-list" --data tests/reference/nets/gpt2-clm/train.txt \
    --output_dir "$tmp/run" --max_steps 1
tr -d ' \n' <"$tmp/run/model/generation_config.json" | grep -qF "\"eos_token_id\":[239,238,$first]" ||
    { echo "FAILED: the ends of the trained model"; cat "$tmp/run/model/generation_config.json"; failed=1; }

folder broken 239 '"x"'
run 1 predict --model "$tmp/broken" --prompt "a book"
has err "generation_config.json: eos_token_id"

# greedy is also 0
run 0 predict --model $net --prompt "a book" --max_new_tokens 12 --temperature 0 --json
[ "$(sed 's/.*"ids":\[//; s/\].*//' "$tmp/out")" = "$all" ] || { echo "FAILED: temperature 0"; failed=1; }
run 2 predict --model $net --prompt "a book" --temperature 1e-9
has err "0, which is greedy"
finish
