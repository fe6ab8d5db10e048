# A sweep in the queue: the runner and the sweep's process killed with -9 at random moments, again and again; it ends
# with the bytes of one that nobody touched. One that is stopped leaves the queue to the next entry.
. tests/cli/lib.sh
net=$PWD/tests/reference/nets/bert-classify/model
case $fettle in /*) ;; *) fettle=$PWD/$fettle ;; esac
head -121 assets/data/library-mail.csv >"$tmp/mail.csv"
trap 'for p in $left; do kill -9 "$p" 2>/dev/null; done; rm -rf "$tmp"' EXIT
left=
cd "$tmp" || exit 1
quick="--data mail.csv --model $net --max_seq_length 24 --num_train_epochs 3 --threads 1 --per_device_train_batch_size 8"
halving="--over learning_rate=1e-5..1e-2:log --strategy halving --trials 6 --seed 7"
fail() {
    echo "FAILED: $*"
    failed=1
}
contents() { # what a sweep has written, but for times
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
enqueue() { # DIR..
    local id=0 entries=
    mkdir -p runs
    for d in "$@"; do
        id=$((id + 1))
        entries="$entries${entries:+,}{\"id\":$id,\"kind\":\"sweep\",\"state\":\"waiting\",\"dir\":\"$d\",\"added\":\"\"}"
    done
    printf '{"version":1,"next":9,"entries":[%s]}' "$entries" >runs/queue.json
    chmod 600 runs/queue.json
}
# begin NAME ARGS..: a sweep that was stopped before it trained
begin() {
    local name=$1
    shift
    # shellcheck disable=SC2086
    "$fettle" sweep $quick "$@" --output_dir "$name" >/dev/null 2>&1 &
    local pid=$! i=0
    while [ ! -f "$name/sweep.json" ] && [ $i -lt 500 ]; do
        sleep 0.01
        i=$((i + 1))
    done
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
}

# shellcheck disable=SC2086
run 0 sweep $quick $halving --output_dir whole
contents whole >whole.sums
for round in 1 2; do
    rm -rf cut runs
    # shellcheck disable=SC2086
    begin cut $halving
    enqueue cut
    kills=0
    while [ $kills -lt 60 ]; do
        setsid "$fettle" queue run >run.out 2>run.err </dev/null &
        pid=$!
        left="$left $pid"
        sleep "$(awk -v r=$RANDOM 'BEGIN { print 0.1 + 0.9 * r / 32768 }')"
        kill -9 $pid 2>/dev/null || break # it came to its end
        wait $pid 2>/dev/null
        # the sweep's own process goes on without its runner; mostly it is killed too
        for p in $(pgrep -f '^fettle sweep --resume=cut$'); do
            [ "$(readlink "/proc/$p/cwd")" = "$tmp" ] && [ $((RANDOM % 4)) != 0 ] && kill -9 "$p"
        done
        kills=$((kills + 1))
    done
    wait $pid 2>/dev/null
    run 0 queue run # what is left, after a process that goes on
    run 0 queue
    has err 'the queue is empty'
    contents cut >cut.sums
    cmp -s whole.sums cut.sums || {
        fail "other contents after $kills kills"
        diff whole.sums cut.sums | head
    }
    echo "round $round: $kills kills"
done

# stopped on request: the queue goes on with the next one
rm -rf runs
begin long --over seed=1,2 --num_train_epochs 500
begin short --over seed=1,2
enqueue long short
"$fettle" queue run >run.out 2>run.err </dev/null &
pid=$!
left="$left $pid"
for _ in $(seq 600); do
    grep -q '"loss"' long/1_seed1/metrics.jsonl 2>/dev/null && break
    sleep 0.05
done
run 0 sweep --stop long
wait $pid || fail "queue run: exit $?"
grep -q '"state":"stopped"' long/sweep.json || fail "long is not stopped"
head -c 40 short/sweep.json | grep -q '"state":"done"' || fail "short is not done"
[ ! -e long/2_seed2 ] || fail "long went on"
finish
