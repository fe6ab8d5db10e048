# Nothing in a file or a name can act on the terminal: every command over hostile labels, columns,
# texts, tokens and names; stdout and stderr are searched for raw control bytes.
. tests/cli/lib.sh
esc=$'\033' bel=$'\a' c1=$'\302\233' del=$'\177' bs=$'\b' bidi=$'\342\200\256'
bad="x${esc}]0;TAKEN${bel}${esc}[31m${c1}2J${bs}${del}${bidi}y"
raw=$'\233'"2J" # C1 as a byte of its own: no UTF-8

# clean WHAT: neither stream holds a byte that a terminal would obey; JSON may hold bidi marks
clean() {
    local what='[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|(^|[\x00-\x7f])[\x80-\xbf]' f
    case $1 in *json*) ;; *) what="$what|\xe2\x80[\xa8-\xae]" ;; esac
    for f in out err; do
        LC_ALL=C grep -anP "$what" "$tmp/$f" >"$tmp/found" || continue
        echo "FAILED: $1: raw control bytes on std$f:"
        head -3 "$tmp/found" | cat -v | cut -c1-300 | sed 's/^/    /'
        failed=1
    done
}
# try ARGS..: any exit status but a crash
try() {
    local rc=0
    "$fettle" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null || rc=$?
    if [ $rc -gt 2 ]; then
        echo "FAILED: fettle $*: exit $rc"
        failed=1
    fi
    case "$*" in *--json | *--rows | *"--format json"*) clean "fettle $1 (json)" ;; *) clean "fettle $1" ;; esac
}

src=tests/reference/pytorch/tiny
m="$tmp/m$bad$raw"
mkdir -p "$m"
cp $src/model.safetensors $src/tokenizer_config.json "$m"
sed "s/^wind\$/$bad/" $src/vocab.txt >"$m/vocab.txt"
jbad='x\u001b]0;TAKEN\u0007\u009b2J\u007f\u202e\ny'
sed "s/\"no\"/\"no$(printf %s "$jbad" | sed 's/\\/\\\\/g')\"/g" $src/config.json >"$m/config.json"
d="$tmp/d$bad.csv"
printf 'text,label\n' >"$d"
for i in 1 2 3 4 5 6; do printf 'the %s rain %s,yes\nthe sun was warm,"no%s\ny"\n' "$bad" $i "x${esc}]0;TAKEN${bel}${c1}2J${del}${bidi}" >>"$d"; done
printf 'te%sxt,la%sbel\na,b\nc,d\n' "$bad" "$bad" >"$tmp/columns.csv"
printf 'a %s\n%s\n' "$bad" "$raw" >"$tmp/lines.txt"

for json in "" --json; do
    try predict --model "$m" --text "the $bad rain" $json
    try predict --model "$m" --text "the $raw rain" --explain $json
    try predict --model "$m" --input "$d" $json
    try predict --model "$m" --input "$tmp/lines.txt" $json
    try predict --model "$m" --question "$bad" --context "$bad" $json
    try eval --model "$m" --data "$d" $json
    try inspect "$m" $json
    try inspect "$d" $json
    try inspect "$tmp/columns.csv" $json
    try inspect "$tmp/lines.txt" $json
    try baseline --data "$d" $json
    try models $json
    try doctor $json
    try "inspect" "$tmp/none$bad$raw" $json
done
try inspect "$d" --rows
try inspect "$tmp/columns.csv" --rows
for format in ids tokens json; do try tokenize --model "$m" --format $format "$tmp/lines.txt"; done
try export --model "$m" --format hf --output "$tmp/e$bad"
try train --model "$m" --data "$d" --validation "$d" --num_train_epochs 1 --threads 1 --output_dir "$tmp/run$bad$raw"
run="$tmp/run$bad$raw"
for json in "" --json; do
    try runs "$tmp" $json
    try inspect "$run" $json
    try compare "$run" "$run" $json
done
try note "$run" "$bad$raw"
try runs "$tmp"
try train --resume "$run" --num_train_epochs 2
try train --model "$m" --data "$d" --output_dir "$run"
try train --model "$m" --data "$tmp/columns.csv" --text_column "$bad" --output_dir "$tmp/o2"
try train "--no$bad"
try "$bad"
try help "$bad"
try predict --model "$tmp/none$bad" --text x
try predict --model "$m" --text x --threads "$bad"
try create --config "$m/config.json" --text "$tmp/lines.txt" --vocab_size 30 --output "$tmp/new$bad"
try create --config "$tmp/none$bad" --text "$tmp/lines.txt" --vocab_size 30 --output "$tmp/new2"
try ui --open "$tmp/none$bad$raw"
gpt=tests/reference/nets/gpt2-clm/model
try predict --model $gpt --prompt "a $bad" --max_new_tokens 8
try predict --model $gpt --prompt "a $bad" --max_new_tokens 8 --json
try predict --model tests/reference/nets/bert-mlm/model --text "a [MASK] $bad"
try delete "$run" --yes

# the text is there, as escapes, and JSON has it unchanged
run 0 predict --model "$m" --text "the rain"
has out '\x1b]0;TAKEN\x07\u009b2J\x7f\u202e\ny='
run 0 predict --model "$m" --text "the rain" --json
has out '\u001b]0;TAKEN\u0007\u009b2J\u007f'
finish
