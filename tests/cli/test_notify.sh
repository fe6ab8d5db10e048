# --notify: the event and the run are in the environment of the command, which nothing waits for.
. tests/cli/lib.sh

case $fettle in /*) ;; *) fettle=$PWD/$fettle ;; esac
data=$PWD/assets/data/library-mail.csv
cd "$tmp" || exit 1
train="train --model starter --data $data --threads 1 --max_seq_length 16 --max_steps 2 --eval_strategy no
    --save_strategy no"
note='printf "%s|%s|%s\n" "$FETTLE_EVENT" "$FETTLE_RUN" "$FETTLE_MESSAGE" >>notes'

# noted TEXT: the last line of notes is this one
noted() {
    [ "$(tail -n 1 notes 2>/dev/null)" = "$1" ] && return
    echo "FAILED: the note is $(tail -n 1 notes 2>/dev/null), expected $1"
    failed=1
}

# shellcheck disable=SC2086
run 0 $train --output_dir one --notify "$note"
noted 'done|one|done at step 2 of 2'
grep -q 'FETTLE_EVENT' one/run.json one/log.txt && echo "FAILED: the command is stored with the run" && failed=1

# the name of a run is never part of a command
evil='$(touch hit)`touch hit`;touch hit;'"'"'x'
# shellcheck disable=SC2086
run 0 $train --output_dir "$evil" --notify "$note"
noted "done|$evil|done at step 2 of 2"
[ -e hit ] && echo "FAILED: a run's name was executed" && failed=1

# a run's folder from elsewhere runs nothing when it is resumed, forked or listed
rm -f notes
sed 's/"notify": {/"notify": {"value":"touch hit","given":true},"old": {/' one/run.json >changed
grep -q 'touch hit' changed || { echo "FAILED: run.json has another form"; failed=1; }
cp -r one from
cp changed from/run.json
run 0 train --resume from --max_steps 3
[ -e hit ] || [ -e notes ] && echo "FAILED: a command of run.json was executed" && failed=1
run 0 train --resume from --max_steps 4 --notify "$note"
noted 'done|from|done at step 4 of 4'

# failures: nothing to train on, and a loss that is not a number
# shellcheck disable=SC2086
run 1 $train --output_dir bad --data none.csv --notify "$note"
tail -n 1 notes | grep -q '^failed|bad|.*none.csv' || { echo "FAILED: $(tail -n 1 notes)"; failed=1; }
# shellcheck disable=SC2086
run 1 $train --output_dir nan --learning_rate 1 --max_grad_norm 0 --max_steps 400 --weight_decay 10 --optim sgd \
    --notify "$note"
tail -n 1 notes | grep -q '^nan|nan|.*at step' || { echo "FAILED: $(tail -n 1 notes)"; failed=1; }

# stopped by who started it: that is no news
lines=$(wc -l <notes)
# shellcheck disable=SC2086
"$fettle" $train --output_dir stopped --max_steps 100000 --notify "$note" >out 2>err </dev/null &
pid=$!
while [ ! -s stopped/metrics.jsonl ] && kill -0 $pid; do sleep 0.05; done
kill -TERM $pid
wait $pid
[ "$(wc -l <notes)" = "$lines" ] || { echo "FAILED: a stop is told"; failed=1; }

# a command that fails is reported and changes nothing; a slow one is not waited for
# shellcheck disable=SC2086
run 0 $train --output_dir two --notify 'echo no such host >&2; exit 3'
has err 'notify: `echo no such host >&2; exit 3` failed with exit status 3: no such host'
from=$(date +%s)
# shellcheck disable=SC2086
run 0 $train --output_dir three --notify 'sleep 20; echo late >late'
[ $(($(date +%s) - from)) -lt 15 ] || { echo "FAILED: the command was waited for"; failed=1; }
finish
