# The questions that people come with (docs/keys.md), each answered by keys alone: scripts of
# tests/ui/journeys/ drive the whole workbench, and what they leave behind is looked at from outside.
. tests/cli/lib.sh
here=$PWD
export XDG_STATE_HOME=$tmp/state XDG_CONFIG_HOME=$tmp/state
cp assets/data/library-mail.csv "$tmp/mail.csv"
cp assets/data/harbour-qa.json "$tmp/qa.json"
cd "$tmp" || exit 1
starter=$here/tests/assets/models/starter

# journey NAME ARGS..: drives `fettle ui ARGS` by the script of that name
journey() {
    local name=$1
    shift
    "$fettle" ui "$@" --script "$here/tests/ui/journeys/$name.txt" >"$tmp/out" 2>"$tmp/err" </dev/null && return
    echo "FAILED: journey $name"
    sed 's/^/    /' "$tmp/out" "$tmp/err"
    failed=1
}
# holds FILE TEXT
holds() {
    grep -qF -e "$2" "$1" && return
    echo "FAILED: $1 has no \`$2\`"
    failed=1
}
# number FILE KEY: the first value of that key in a JSON file
number() { grep -o "\"$2\":[^,}]*" "$1" | head -n 1 | cut -d: -f2; }

# sample -> train -> pause -> another rate -> on -> evaluate -> a wrong cell -> relabel -> again ->
# predict -> quit
journey train_relabel_retrain --open mail.csv --model "$starter"
holds runs/mail-starter/metrics.jsonl '"event":"set","option":"learning_rate"'
holds mail.csv.edits.jsonl '"new":"'
cmp -s mail.csv "$here/assets/data/library-mail.csv" || { echo "FAILED: the data was written over"; failed=1; }
[ -s runs/mail-starter-2/model/model.safetensors ] || { echo "FAILED: no second run"; failed=1; }
# the number on the screen is that of eval.json
accuracy=$(printf '%.4f' "$(number runs/mail-starter/eval.json accuracy)" | sed 's/^0//')
holds evaluated.txt "accuracy $accuracy"

# the edits are there again
journey edits_again --open mail.csv --model "$starter"

# what was cleaned is so the next day
journey clean --open mail.csv --model "$starter"
journey next_day

# the same from a script: the command that Tune shows makes the same model
journey command --open mail.csv --model "$starter"
journey lower_rate --open mail.csv --model "$starter"
holds runs/mail-starter-3/run.json '"learning_rate"'

# stop now, lose nothing; resume later, in another process
journey stop --open mail.csv --model "$starter"
holds runs/mail-starter-4/run.json '"stopped"'
journey go_on
holds runs/mail-starter-4/run.json '"done"'

journey overfitting --run runs/mail-starter
journey lengths --open mail.csv --model "$starter"
journey compare
printf 'text,label\none,a\n,a\ntwo,b\ntwo,b\nthree,a\nfour,b\n' >wrong.csv
journey problems --open wrong.csv --model "$starter"

# the screen as a file, without a script
run 0 ui --open mail.csv --model "$starter" --dump data.svg --size 100x30
holds data.svg '<svg '
holds data.svg '>account<'
run 0 ui --open mail.csv --model "$starter" --dump data.txt
holds data.txt 'account'

# questions: which answerable ones got no answer
journey questions --open qa.json --model "$starter"
# running text: a language model that continues a text
net=$here/tests/reference/nets/gpt2-clm
journey language --open "$net/train.txt" --model "$net/model"
finish
