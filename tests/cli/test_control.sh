# Control characters of a file never reach the terminal: not from data, labels, names, nor in errors.
. tests/cli/lib.sh

esc=$(printf '\033') bell=$(printf '\007') c1=$(printf '\302\233')
evil="e${esc}]0;PWN${bell}v${c1}31m"
data="$tmp/$evil.csv"
{
    printf 'text,label,%s\n' "$evil"
    for i in 1 2 3 4 5 6 7 8 9 10; do
        printf 'good %s day %s,a%s,x\nbad night %s,b%s,y\n' "$evil" $i "$evil" $i "$evil"
    done
} >"$data"

# clean STATUS ARGS..: as run, and what is written holds no control character
clean() {
    run "$@"
    if LC_ALL=C grep -q "$esc\|$bell\|$c1" "$tmp/out" "$tmp/err"; then
        echo "FAILED: control characters from fettle $2"
        failed=1
    fi
}
clean 0 inspect "$data"
has out 'e\x1b]0;PWN\x07v\u009b31m'
clean 1 inspect "$data.none"
clean 0 baseline --data "$data"
has out 'e\x1b]0;PWN\x07v\u009b31m'
clean 0 train --model starter --data "$data" --text_column text --label_column label --max_steps 2 \
    --max_seq_length 16 --threads 1 --output_dir "$tmp/trained"
clean 0 eval --model "$tmp/trained" --data "$data"
has out 'ae\x1b]0;PWN\x07v\u009b31m'
clean 0 predict --model "$tmp/trained" --text "a $evil day" --explain
has out 'e\x1b]0;PWN\x07v\u009b31m'
clean 0 inspect "$tmp/trained"
clean 0 runs "$tmp"
clean 0 models
clean 1 train --model "$tmp/$evil" --data "$data" --output_dir "$tmp/x"
clean 2 train --model starter --data "$data" --label_column "no$evil" --output_dir "$tmp/x"
finish
