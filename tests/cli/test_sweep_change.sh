# What is done to a sweep: a member is promoted and trained to its end, one that another process drives is stopped,
# members are deleted; killed in between, and what is refused. Paired tests by task.
. tests/cli/lib.sh
net=$PWD/tests/reference/nets/bert-classify/model
data=$tmp/mail.csv
head -121 assets/data/library-mail.csv >"$data"
quick="--data $data --model $net --max_seq_length 24 --num_train_epochs 2 --threads 1 --per_device_train_batch_size 8"
trap 'for p in $left; do kill -9 "$p" 2>/dev/null; done; rm -rf "$tmp"' EXIT
left=
fail() {
    echo "FAILED: $*"
    failed=1
}
# until_true SECONDS COMMAND..
until_true() {
    local n=$(($1 * 20))
    shift
    while [ $n -gt 0 ]; do
        "$@" >/dev/null 2>&1 && return
        sleep 0.05
        n=$((n - 1))
    done
    fail "not in time: $*"
    return 1
}
members() { grep -o "\"state\":\"$2\"" "$1/sweep.json" | wc -l; } # with its runs
names() { find "$1" -mindepth 1 -maxdepth 1 -type d | sort | xargs -n 1 basename | tr '\n' ' '; }

# --- promoted: a member that halving has stopped goes on to its end, as the run would by itself ---
halving="--over learning_rate=1e-5..1e-2:log --strategy halving --trials 9 --seed 7"
# shellcheck disable=SC2086
run 0 sweep $quick $halving --output_dir "$tmp/half" --json
out=$(grep -o '"name":"[^"]*"[^}]*}[^}]*"state":"stopped"' "$tmp/out" | sed 's/"name":"\([^"]*\)".*/\1/' | tail -n 1)
best=$(sed 's/.*"best":"\([^"]*\)".*/\1/' "$tmp/out")
[ -n "$out" ] || fail "no member was stopped"
run 0 sweep --promote "$tmp/half/$out"
has err "$out is promoted; fettle sweep --resume"
grep -q '^{"format":1,"state":"stopped"' "$tmp/half/sweep.json" || fail "promoted: the sweep is not to go on"
run 0 sweep --resume "$tmp/half" --json
[ "$(grep -c '^run ' "$tmp/err")" = 1 ] || fail "another run was trained: $(grep '^run ' "$tmp/err")"
has out '"state":"done","promoted":true}'
# shellcheck disable=SC2086
run 0 train $quick --seed 7 --learning_rate "${out#*_lr}" --output_dir "$tmp/straight"
cmp "$tmp/straight/checkpoint-24/model.safetensors" "$tmp/half/$out/checkpoint-24/model.safetensors" ||
    fail "a promoted member is not the run without pauses"
run 0 sweep --promote "$tmp/half/$out/"
run 1 sweep --promote "$tmp/half/none"
has err "no member none"
run 1 sweep --promote "$tmp/none/x"
run 2 sweep --promote "$tmp/half/$out" --stop "$tmp/half"

# --- the rest is deleted; the sweep stays what it is ---
cp -r "$tmp/half" "$tmp/cut"
run 2 delete "$tmp/half" --rest
has err "use --yes"
run 0 delete "$tmp/half" --rest --yes
has err "8 members deleted"
[ "$(names "$tmp/half")" = "$out " ] || fail "left: $(names "$tmp/half")"
cp "$tmp/half/sweep.json" "$tmp/before.json"
run 0 sweep --resume "$tmp/half" --json
grep -q '^run ' "$tmp/err" && fail "a deleted member was trained"
[ "$(grep -o '"deleted":true' "$tmp/out" | wc -l)" = 8 ] || fail "eight are deleted"
has out "{\"best\":\"$out\""
cmp "$tmp/half/sweep.json" "$tmp/before.json" || fail "sweep.json changed"
run 0 report "$tmp/half" --output "$tmp/page.md"
cp "$tmp/page.md" "$tmp/out"
has out "Deleted, with their models and predictions: "
has out "| deleted |"
run 1 delete "$tmp/half" --rest --yes
has err "nothing to delete"
run 1 sweep --promote "$tmp/half/$best"
has err "was deleted"
run 0 runs "$tmp/half"
has out "$out"

# killed while it deletes: what is left is deleted by the same command, and never trained
for delay in 0.002 0.01 0.02 0.04; do
    rm -rf "$tmp/k"
    cp -r "$tmp/cut" "$tmp/k"
    "$fettle" delete "$tmp/k" --rest --yes >/dev/null 2>&1 &
    pid=$!
    sleep $delay
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
    run 0 sweep --resume "$tmp/k"
    grep -q '^run ' "$tmp/err" && fail "a member was trained after a kill"
    "$fettle" delete "$tmp/k" --rest --yes >/dev/null 2>&1
    [ "$(names "$tmp/k")" = "$out " ] || fail "after a kill: $(names "$tmp/k")"
    sed 's/"deleted_s":[0-9.e-]*,//' "$tmp/k/sweep.json" |
        cmp - <(sed 's/"deleted_s":[0-9.e-]*,//' "$tmp/before.json") || fail "after a kill: other contents"
done

# what is not in the sweep's own folder is never deleted: a member that is a link, a folder inside of a member
mv "$tmp/cut/$best" "$tmp/elsewhere"
ln -s "$tmp/elsewhere" "$tmp/cut/$best"
cp -r "$tmp/elsewhere" "$tmp/before"
run 1 delete "$tmp/cut" --rest --yes
has err "$best: is a link"
run 1 delete "$tmp/cut" --yes
diff -r "$tmp/elsewhere" "$tmp/before" || fail "a link was followed"
[ "$(ls "$tmp/cut" | wc -l)" = 10 ] || fail "members were deleted before the link was seen: $(names "$tmp/cut")"
rm "$tmp/cut/$best"
mv "$tmp/elsewhere" "$tmp/cut/$best"
run 1 delete "$tmp/cut/$best/model" --yes
has err "no run here"
run 1 delete "$tmp/cut/$best/checkpoint-24" --yes
diff -r "$tmp/cut/$best" "$tmp/before" || fail "a member was deleted for a folder inside of it"

# one member; the sweep as a whole, but for files that are not its own
run 0 delete "$tmp/cut/$best" --yes
has err "1 member deleted"
run 1 delete "$tmp/cut/$best" --yes
run 2 delete "$tmp/straight" --rest --yes
touch "$tmp/cut/mine.txt"
run 0 delete "$tmp/cut" --yes
has err "other files in the folder are kept"
[ "$(ls -A "$tmp/cut")" = mine.txt ] || fail "left of the sweep: $(ls -A "$tmp/cut")"

# --- seeds and folds: a member is all of its runs; members that have not begun are trained later ---
# shellcheck disable=SC2086
run 0 sweep $quick --over learning_rate=1e-5,3e-3 --seeds 2 --output_dir "$tmp/seeds"
run 0 delete "$tmp/seeds/1_lr1e-5/seed-1" --yes
[ "$(names "$tmp/seeds")" = "2_lr3e-3 " ] || fail "left: $(names "$tmp/seeds")"
run 0 report "$tmp/seeds" --output "$tmp/page.html"

# --- stopped by another process ---
# shellcheck disable=SC2086
"$fettle" sweep $quick --num_train_epochs 300 --over seed=1..4 --output_dir "$tmp/long" >"$tmp/o" 2>"$tmp/e" </dev/null &
pid=$!
left="$left $pid"
until_true 30 grep -q '"loss"' "$tmp/long/1_seed1/metrics.jsonl"
run 1 sweep --promote "$tmp/long/1_seed1"
has err "another process"
run 1 delete "$tmp/long" --rest --yes
run 0 sweep --stop "$tmp/long"
wait $pid
[ $? = 0 ] || fail "stopped: exit status"
grep -q 'stopped by a request' "$tmp/e" || fail "stopped: $(tail -n 1 "$tmp/e")"
grep -q '"state":"stopped"' "$tmp/long/sweep.json" || fail "the sweep is not stopped"
[ ! -e "$tmp/long/2_seed2" ] || fail "the next member was begun"
sed -i 's/"value":[0-9.e-]*}/"value":null}/g' "$tmp/long/sweep.json" # as before its first evaluation
run 1 delete "$tmp/long" --rest --yes
has err "none would be kept"
[ -e "$tmp/long/1_seed1/run.json" ] || fail "the only member was deleted"
run 1 sweep --stop "$tmp/long"
has err "no process is training this sweep"
run 1 sweep --stop "$tmp/none"

# --- its folder is moved away meanwhile: it ends, and can be resumed where it is put ---
# shellcheck disable=SC2086
"$fettle" sweep $quick --num_train_epochs 200 --over seed=1..4 --output_dir "$tmp/moves" >"$tmp/o" 2>"$tmp/e" </dev/null &
pid=$!
left="$left $pid"
until_true 30 grep -q '"loss"' "$tmp/moves/1_seed1/metrics.jsonl"
mv "$tmp/moves" "$tmp/moved"
wait $pid
[ $? = 1 ] || fail "moved: exit status"
grep -q "the sweep's folder was moved or removed" "$tmp/e" || fail "moved: $(tail -n 1 "$tmp/e")"
[ ! -e "$tmp/moves" ] || fail "moved: it was made again: $(ls -A "$tmp/moves")"
sed -i 's/"num_train_epochs":{"value":200/"num_train_epochs":{"value":1/' "$tmp/moved/sweep.json"
run 0 delete "$tmp/moved/1_seed1" --yes
run 0 sweep --resume "$tmp/moved" --json
[ "$(grep -o '"state":"done"' "$tmp/out" | wc -l)" = 3 ] || fail "moved: not resumed"

# --- what the runs share is what each would have by itself; what they say alike is said once ---
# shellcheck disable=SC2086
run 0 sweep $quick --over seed=1,2 --over clean=none,lowercase --over learning_rate=1e-4,1e-3 --output_dir "$tmp/share"
[ "$(grep -c 'csv, utf-8' "$tmp/err")" = 1 ] || fail "said again: $(grep -c 'csv, utf-8' "$tmp/err")"
i=0
for seed in 1 2; do
    for clean in none lowercase; do
        for rate in 1e-4 1e-3; do
            i=$((i + 1))
            # shellcheck disable=SC2086
            run 0 train $quick --seed $seed --clean $clean --learning_rate $rate --output_dir "$tmp/one/$i"
            for f in baseline.json eval.json predictions.jsonl model/model.safetensors; do
                cmp "$tmp/one/$i/$f" "$tmp"/share/${i}_*/$f || fail "$i: other $f"
            done
        done
    done
done
cmp -s "$tmp/one/1/baseline.json" "$tmp/one/5/baseline.json" && fail "two splits with one baseline: nothing is tested"

# --- paired tests: whether all of an example is right, where that can be said; else its error ---
nets=$PWD/tests/reference/nets
paired() { # NET DATA WHAT MCNEMAR ARGS..
    local name=$1 file=$2 what=$3 mcnemar=$4
    shift 4
    run 0 sweep --model "$nets/$name/model" --data "$file" --threads 1 --max_steps 6 --max_seq_length 32 \
        --per_device_train_batch_size 4 --split 0.5,0.25,0.25 --over learning_rate=1e-5,3e-2 \
        --output_dir "$tmp/p-$name" "$@"
    has out "paired permutation test on the $what of "
    run 0 report "$tmp/p-$name" --output "$tmp/page.md"
    grep -q 'McNemar' "$tmp/page.md" && found=yes || found=no
    [ "$found" = "$mcnemar" ] || fail "$name: McNemar: $found"
}
paired bert-ner "$nets/bert-ner/train.conll" 'exact match (all entities of a sentence)' yes
paired bert-regression "$nets/bert-regression/train.csv" 'squared error' no
printf 'text,labels\n' >"$tmp/sets.csv"
for i in $(seq 48); do printf 'the book number %d is late,%s\n' "$i" "$([ $((i % 3)) = 0 ] && echo 'loan;fee' || echo loan)"; done >>"$tmp/sets.csv"
paired bert-classify "$tmp/sets.csv" 'subset accuracy (all labels of a text)' yes --label_delimiter ';'
finish
