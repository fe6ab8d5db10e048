# fettle sweep: a grid, seeds, folds and sizes, halving, TPE; killed and stopped at many moments; what is
# refused, and members that fail.
. tests/cli/lib.sh
net=$PWD/tests/reference/nets/bert-classify/model
data=$tmp/mail.csv
head -121 assets/data/library-mail.csv >"$data"
quick="--data $data --model $net --max_seq_length 24 --num_train_epochs 2 --threads 1 --per_device_train_batch_size 8"
sweep() { # STATUS FOLDER ARGS..
    local want=$1 dir=$2
    shift 2
    # shellcheck disable=SC2086
    run "$want" sweep $quick --output_dir "$dir" "$@"
}
fail() {
    echo "FAILED: $*"
    failed=1
}
# What a sweep has written, but for times.
contents() {
    (
        cd "$1" || exit
        find . -type f \( -name sweep.json -o -name eval.json -o -name predictions.jsonl -o -path '*/model/*' \
            -o -path '*/evals/*' \) | grep -v checkpoint- | sort | xargs cksum
        find . -name 'checkpoint-*' | sort
        find . -name metrics.jsonl | sort | while read -r f; do
            sed -E 's/"(tokens_per_second|rss_bytes|eval_runtime|train_runtime)":[0-9.e+]*//g; s/"ms":\{[^}]*\}//' "$f"
        done
    )
}

# a grid: members are ordinary runs
sweep 0 "$tmp/grid" --over learning_rate=1e-4,3e-3 --over weight_decay=0,0.1 --json
has out '{"best":"'
[ "$(grep -o '"name":' "$tmp/out" | wc -l)" = 4 ] || fail "four members"
has out '"options":{"learning_rate":0.003,"weight_decay":0.1},"metric":"accuracy","mean":'
has out '"sd":null,"n":1,"steps":24,"state":"done"}'
for name in 1_lr1e-4_wd0 2_lr1e-4_wd0.1 3_lr3e-3_wd0 4_lr3e-3_wd0.1; do
    [ -f "$tmp/grid/$name/model/model.safetensors" ] || fail "$name is not a run"
done
best=$(sed 's/.*"best":"\([^"]*\)".*/\1/' "$tmp/out")
[ "$(sed 's/.*"members":\[{"name":"\([^"]*\)".*/\1/' "$tmp/out")" = "$best" ] || fail "best first"
first=$(sed 's/^{"best":[^[]*\[{[^}]*}[^}]*"mean":\([0-9.]*\).*/\1/' "$tmp/out")
tr -d ' ' <"$tmp/grid/$best/run.json" | grep -q "\"best_metric\":$first," || fail "mean $first of $best"
cp "$tmp/out" "$tmp/json"
run 0 sweep --resume "$tmp/grid" --json # nothing to do
cmp -s "$tmp/out" "$tmp/json" || fail "other results the second time"
grep -q '^run ' "$tmp/err" && fail "trained again"
sweep 1 "$tmp/grid" --over seed=1,2
has err "already contains a sweep"
# shellcheck disable=SC2086
run 0 train $quick --learning_rate 3e-3 --weight_decay 0 --output_dir "$tmp/alone"
cmp "$tmp/alone/model/model.safetensors" "$tmp/grid/3_lr3e-3_wd0/model/model.safetensors" || fail "a member is not that run"

# seeds and folds; the table
sweep 0 "$tmp/repeat" --over learning_rate=1e-5,3e-3 --seeds 2 --folds 3
for part in "2_lr3e-3" "validation accuracy" "95 % interval" "  6  " "paired permutation test" "120 examples"; do
    has out "$part"
done
[ -f "$tmp/repeat/1_lr1e-5/seed-2-fold-3/eval.json" ] || fail "no run of a seed and fold"
grep -h -o '"row":[0-9]*' "$tmp"/repeat/1_lr1e-5/seed-1-fold-*/predictions.jsonl | sort | uniq -c |
    awk '$1 != 1 { bad = 1 } END { exit bad || NR != 120 }' || fail "folds do not have each row once"
sweep 2 "$tmp/x" --seeds 2 --over seed=1,2
has err "seed cannot be swept"
sweep 2 "$tmp/x" --folds 40
has err "fewer than 40 folds"
sweep 2 "$tmp/x" --folds 3 --split 0.5,0.5,0

# sizes: the other splits stay as they are
sweep 0 "$tmp/sizes" --sizes 25%,40,100% --json
has out '"options":{"max_train_samples":"25%"}'
for part in '1_rows25pct 24' '2_rows40 40' '3_rows100pct 96'; do
    grep -q "\"examples\":{\"test\":12,\"train\":${part#* },\"validation\":12}" \
        <(tr -d ' \n' <"$tmp/sizes/${part% *}/run.json") || fail "sizes: $part"
done

# halving: pauses and resumes; less than half of the steps; the same again, and after kill -9
halving="--over learning_rate=1e-5..1e-2:log --strategy halving --trials 9 --seed 7"
# shellcheck disable=SC2086
sweep 0 "$tmp/half" $halving --json
steps=$(grep -o '"steps":[0-9]*' "$tmp/out" | awk -F: '{ n += $2 } END { print n }')
[ "$steps" -le $((9 * 24 * 45 / 100)) ] || fail "halving took $steps of $((9 * 24)) steps"
[ "$(grep -o '"state":"done"' "$tmp/out" | wc -l)" = 1 ] || fail "one member is done"
[ "$(grep -o '"state":"stopped"' "$tmp/out" | wc -l)" = 8 ] || fail "eight are stopped"
done=$(sed 's/.*"best":"\([^"]*\)".*/\1/' "$tmp/out")
rate=${done#*_lr}
# shellcheck disable=SC2086
run 0 train $quick --seed 7 --learning_rate "$rate" --output_dir "$tmp/straight"
cmp "$tmp/straight/checkpoint-24/model.safetensors" "$tmp/half/$done/checkpoint-24/model.safetensors" ||
    fail "a member that was paused is not the run without pauses"
contents "$tmp/half" >"$tmp/half.sums"

# TPE: the same seed, the same members
sweep 0 "$tmp/tpe" --over learning_rate=1e-5..1e-2:log --over optim=adamw_torch,sgd --strategy tpe --trials 6 --json
[ "$(grep -o '"name":' "$tmp/out" | wc -l)" = 6 ] || fail "six trials"
contents "$tmp/tpe" >"$tmp/tpe.sums"

# kill -9 at many moments, then SIGTERM, which saves
interrupted() { # NAME SIGNAL SECONDS ARGS..
    local name=$1 signal=$2 seconds=$3 pid rc kills=0
    shift 3
    rm -rf "$tmp/cut"
    # shellcheck disable=SC2086
    "$fettle" sweep $quick --output_dir "$tmp/cut" "$@" >/dev/null 2>&1 &
    pid=$!
    while :; do
        sleep "$(awk -v s="$seconds" -v r=$RANDOM 'BEGIN { print s * r / 32768 }')"
        kill "-$signal" $pid 2>/dev/null || break
        rc=0
        wait $pid 2>/dev/null || rc=$?
        [ "$signal" != TERM ] || [ $rc = 143 ] || [ $rc = 0 ] || fail "SIGTERM: exit $rc"
        kills=$((kills + 1))
        if [ -f "$tmp/cut/sweep.json" ]; then
            "$fettle" sweep --resume "$tmp/cut" >/dev/null 2>"$tmp/err" &
        else
            # shellcheck disable=SC2086
            "$fettle" sweep $quick --output_dir "$tmp/cut" "$@" >/dev/null 2>"$tmp/err" &
        fi
        pid=$!
    done
    wait $pid || fail "$name: exit $? after $kills interruptions: $(tail -n 1 "$tmp/err")"
    contents "$tmp/cut" >"$tmp/cut.sums"
    cmp -s "$tmp/$name.sums" "$tmp/cut.sums" || {
        fail "$name: other contents after $kills interruptions"
        diff "$tmp/$name.sums" "$tmp/cut.sums" | head
    }
}
for signal in 9 9 TERM; do
    # shellcheck disable=SC2086
    interrupted half $signal 0.7 $halving
done
interrupted tpe 9 0.9 --over learning_rate=1e-5..1e-2:log --over optim=adamw_torch,sgd --strategy tpe --trials 6

# a budget
sweep 0 "$tmp/budget" --over seed=1..40 --budget 1s --num_train_epochs 6
has err budget
grep -q '"state":"budget"' "$tmp/budget/sweep.json" || fail "the state is not budget"
run 0 sweep --resume "$tmp/budget" --budget 0.2
has err budget

# members that fail: the others are trained
sweep 0 "$tmp/fails" --over learning_rate=1e-4,1 --over optim=sgd,adamw_torch --max_grad_norm 0 --json \
    --label_smoothing_factor 0
run 0 sweep --resume "$tmp/fails" --json
grep -q '"state":"done"' "$tmp/out" || fail "no member is done"
sweep 0 "$tmp/combination" --over save_strategy=best,epoch --over eval_strategy=no,epoch --json
has err "failed: 1_ssbest_esno: save_strategy best needs evaluations"
has err "1 of 4 members failed"
[ "$(grep -o '"state":"failed"' "$tmp/out" | wc -l)" = 1 ] || fail "one member fails"
[ "$(grep -o '"state":"done"' "$tmp/out" | wc -l)" = 3 ] || fail "three do not"

# reports and the list of runs
for page in html md; do
    run 0 report "$tmp/repeat" --output "$tmp/page.$page"
    cp "$tmp/page.$page" "$tmp/out"
    for part in "repeat: sweep report" "2_lr3e-3" "95 % interval" "McNemar" "accuracy by option" \
        "fettle sweep --over learning_rate=1e-5,3e-3 --seeds 2 --folds 3 --output_dir" "fettle train --model"; do
        has out "$part"
    done
done
grep -q '<circle' "$tmp/page.html" || fail "no points"
run 0 report "$tmp/combination" --output "$tmp/page.html"
cp "$tmp/page.html" "$tmp/out"
has out "Members that failed"
has out "needs evaluations"
run 2 report "$tmp/repeat" --output "$tmp/page.pdf"
run 0 runs "$tmp"
has out "repeat/1_lr1e-5/seed-1-fold-1"
grep -q '/repeat  *done  *sweep  *grid, 2 of 2 members done, best ' "$tmp/out" || fail "runs does not show the sweep"
grep -q '/half  *done  *sweep  *halving, 9 of 9 members done' "$tmp/out" || fail "runs: halving"
# the command of a report makes the same sweep
command=$(grep -o '^fettle sweep .*' "$tmp/page.md" | sed "s|^fettle|\"\$fettle\"|;s|--output_dir [^ ]*|--output_dir $tmp/same|")
eval "$command" >/dev/null 2>&1 || fail "$command"
cmp "$tmp/same/sweep.json" "$tmp/repeat/sweep.json" || fail "the command makes another sweep"

# audit --sweep: the out-of-fold probabilities, the same as those of an audit's own folds
sweep 0 "$tmp/folds" --over learning_rate=3e-3,1e-9 --folds 3
run 0 audit --sweep "$tmp/folds" --json
has err "1_lr3e-3, the best member"
cmp "$tmp/out" "$tmp/folds/labels.jsonl" || fail "labels.jsonl of a sweep"
cp "$tmp/out" "$tmp/labels"
# shellcheck disable=SC2086
run 0 audit $quick --learning_rate 3e-3 --load_best_model_at_end true --eval_strategy epoch --folds 3 \
    --output_dir "$tmp/audit" --json
cmp "$tmp/out" "$tmp/labels" || fail "an audit with the same options has other labels"
run 0 audit --sweep "$tmp/repeat" --json # two seeds: a row once
[ "$(grep -o '"row":[0-9]*' "$tmp/out" | sort | uniq -d | wc -l)" = 0 ] || fail "a row is listed twice"
run 2 audit --sweep "$tmp/grid"
has err "without --folds"
run 2 audit --sweep "$tmp/folds" --folds 3
run 1 audit --sweep "$tmp/none"

# before it starts
sweep 2 "$tmp/x"
has err "search space is empty"
sweep 2 "$tmp/x" --over learning_rate=1e-5,1e-5
sweep 2 "$tmp/x" --over output_dir=a,b
sweep 2 "$tmp/x" --over learning_rate=1e-5..1e-4
sweep 2 "$tmp/x" --over seed=1..100000
has err "100,000 members"
sweep 2 "$tmp/x" --over learning_rate=1e-5,1e-4 --strategy tpe
has err "--trials"
sweep 2 "$tmp/x" --over learning_rate=1e-5,1e-4 --learning_rate 1e-3
sweep 2 "$tmp/x" --over learning_rate=1e-5,1e-4 --fold 1/3
run 1 sweep --data "$data" --over "model=$net,nowhere" --output_dir "$tmp/x"
has err nowhere
run 2 sweep --over seed=1,2 --output_dir "$tmp/x"
run 2 sweep --data "$data" --model "$net" --over seed=1,2
run 1 sweep --resume "$tmp/none"
run 2 sweep --resume "$tmp/grid" --over seed=1,2
run 2 sweep --resume "$tmp/grid" --learning_rate 1
[ ! -e "$tmp/x" ] || fail "a refused sweep made its folder"

# a damaged sweep.json: one line
damaged() { # SED-EXPRESSION
    rm -rf "$tmp/d"
    mkdir "$tmp/d"
    sed "$1" "$tmp/grid/sweep.json" >"$tmp/d/sweep.json"
    cmp -s "$tmp/grid/sweep.json" "$tmp/d/sweep.json" && fail "$1 changes nothing"
    run 1 sweep --resume "$tmp/d"
    has err sweep.json
    [ "$(wc -l <"$tmp/err")" = 1 ] || fail "damaged: $1: more than a line"
}
damaged 's/"format":1/"format":2/'
damaged 's/.*//'
damaged 's/"name":"1_lr1e-4_wd0"/"name":"..\/..\/etc"/'
damaged 's/"name":"1_lr1e-4_wd0"/"name":"2_lr1e-4_wd0.1"/'
damaged 's/"strategy":"grid"/"strategy":"guess"/'
damaged 's/"state":"done"/"state":"odd"/'
damaged 's/"seeds":0/"seeds":1e9/'
damaged 's/learning_rate=1e-4,3e-3/learning_rate=1e-4/'
damaged 's/"steps":24,"total"/"steps":-1,"total"/'
damaged 's/"runs":\[/"runs":[1,/'
damaged 's/"members":/"member":/'
head -c 900 "$tmp/grid/sweep.json" >"$tmp/d/sweep.json"
run 1 sweep --resume "$tmp/d"
has err sweep.json
finish
