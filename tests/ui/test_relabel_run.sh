# Relabelling with a trained run open: with more labels than fit, the strip offers the model's own five best
# for the selected row; and only labels that differ from those the run was trained with are counted.
. tests/cli/lib.sh
export XDG_STATE_HOME=$tmp/state XDG_CONFIG_HOME=$tmp/state
cd "$tmp" || exit 1

# drive SCRIPT ARGS..
drive() {
    printf ':size 100 30\n%s' "$1" >script
    shift
    "$fettle" ui "$@" --script script >out 2>err </dev/null && return
    echo "FAILED: ui $*"
    sed 's/^/    /' script out err
    failed=1
}
# best FILE: the five most probable labels of a JSON prediction
best() {
    sed 's/.*"probabilities":{//; s/}.*//' "$1" | tr ',' '\n' | tr -d '"' | sort -t: -k2,2gr | head -5 | cut -d: -f1
}

# 44 labels; the first five in the file are the most frequent ones
labels=
for a in card cash gate seat; do
    for b in lost late broken wrong free closed full cheap old new slow; do labels="$labels ${a}_$b"; done
done
{
    echo 'text,label'
    for day in 1 2 3 4; do
        for l in $labels; do echo "${l/_/ } again on day $day,$l"; done
    done
    for i in 1 2 3 4; do
        for l in card_lost card_late card_broken card_wrong card_free; do echo "${l/_/ } once more $day$i,$l"; done
    done
} >many.csv
run 0 train --model starter --data many.csv --output_dir many --max_steps 12 --threads 1 --learning_rate 3e-3 \
    --eval_strategy no
for row in 1 30; do
    text=$(sed -n "$((row + 1))p" many.csv | cut -d, -f1)
    run 0 predict --model many --text "$text" --json
    best out >best.txt
    if [ "$(wc -l <best.txt)" != 5 ] || [ "$(sort best.txt)" = "$(head -6 many.csv | sed 1d | cut -d, -f2 | sort)" ]; then
        echo "FAILED: the five best of row $row say nothing:" && cat best.txt
        failed=1
    fi
    down=$(for i in $(seq 2 $row); do printf ' Down'; done)
    drive ":wait data
key g$down r
:wait answer
$(paste -d' ' <(printf 'expect %s\n' a b c d e) <(cut -c1-8 best.txt))
key c Esc
:wait data
:filter edited
expect Rows 1 of 196
expect $(sed -n 3p best.txt)
" --open many.csv --run many
    rm -f many.csv.edits.jsonl
done

# three labels were changed before the run; two of them are taken back, and another row is changed
sha() { printf '%s' "$1" | sha256sum | cut -d' ' -f1; }
{
    echo 'text,label'
    for i in 1 2 3 4 5 6 7 8 9 10; do printf 'warm bread %d,good\ncold soup %d,bad\n' $i $i; done
} >mail.csv
for i in 1 2 3; do
    printf '{"row":%d,"sha256":"%s","old":"good","new":"bad"}\n' $((2 * i - 1)) "$(sha "warm bread $i")"
done >edits.jsonl
run 0 train --model starter --data mail.csv --edits edits.jsonl --output_dir mail --max_steps 2 --threads 1
has err '3 label'
drive ':wait data
:wait evaluated
key 5
:relabel 1 good
expect 1 label changed; scores
:relabel 7 bad
expect 2 labels changed; scores
:relabel 1 bad
expect 1 label changed; scores
:relabel 3 bad
expect 1 label changed; scores
:relabel 7 good
expect all labels are those this run was trained on
' --open mail.csv --run mail
finish
