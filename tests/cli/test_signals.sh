# Signals and streams as a service, a shell without job control, or a lost connection leave them.
. tests/cli/lib.sh

data=$PWD/assets/data/library-mail.csv
net=$PWD/tests/reference/nets/bert-classify/model
case $fettle in /*) ;; *) fettle=$PWD/$fettle ;; esac
cd "$tmp" || exit 1
options="--model $net --data $data --threads 1 --max_seq_length 48 --logging_steps 1
    --eval_strategy no --save_strategy no --per_device_train_batch_size 4"

# begins NAME ENV-OPTION..: a run in the background that has logged a few lines; its pid is $pid
begins() {
    local name=$1 i=0
    shift
    # shellcheck disable=SC2086
    env "$@" "$fettle" train $options --max_steps 100000 --output_dir "$name" \
        >"$name.out" 2>"$name.err" </dev/null &
    pid=$!
    while [ "$(cat "$name/metrics.jsonl" 2>/dev/null | wc -l)" -lt 3 ] && [ $i -lt 3000 ]; do
        sleep 0.01
        i=$((i + 1))
    done
}
ends() { # NAME STATUS
    wait $pid
    rc=$?
    [ $rc = "$2" ] || { echo "FAILED: $1: exit $rc, expected $2"; cat "$1.err"; failed=1; }
}
saved() { # NAME
    grep -q '"state": "stopped"' "$1/run.json" && ls -d "$1"/checkpoint-* >/dev/null 2>&1 && return
    echo "FAILED: $1: $(grep state "$1/run.json"), $(ls "$1")"
    failed=1
}

# SIGHUP saves; a second one, which a lost connection brings, does not end the saving
begins hup --default-signal=HUP
kill -HUP $pid
kill -HUP $pid
ends hup 129
saved hup
# SIGTERM after SIGHUP, as systemd and shells send them
begins both --default-signal=HUP
kill -HUP $pid
kill -TERM $pid
wait $pid # which of the two is handled first is the kernel's choice
rc=$?
[ $rc = 129 ] || [ $rc = 143 ] || { echo "FAILED: SIGHUP and SIGTERM: exit $rc"; failed=1; }
saved both

# SIGQUIT saves like SIGINT; the reader of the output that goes away (| head) does too
begins quit --default-signal=QUIT
kill -QUIT $pid
ends quit 131
saved quit
# shellcheck disable=SC2086
{
    env --default-signal=PIPE "$fettle" train $options --max_steps 100000 --output_dir pipe 2>&1 </dev/null
    echo $? >pipe.rc
} | head -n 3 >pipe.out
[ "$(cat pipe.rc)" = 141 ] || { echo "FAILED: SIGPIPE: exit $(cat pipe.rc), expected 141"; failed=1; }
saved pipe

# what was ignored at the start stays ignored
for s in INT HUP TERM; do
    begins "ignored$s" --ignore-signal=$s --default-signal="$([ $s = TERM ] && echo INT || echo TERM)"
    kill -$s $pid
    before=$(wc -l <"ignored$s/metrics.jsonl")
    for _ in $(seq 500); do
        [ "$(wc -l <"ignored$s/metrics.jsonl")" -gt $((before + 2)) ] && break
        sleep 0.01
    done
    kill -0 $pid || { echo "FAILED: ended by an ignored SIG$s"; failed=1; }
    kill -"$([ $s = TERM ] && echo INT || echo TERM)" $pid
    ends "ignored$s" "$([ $s = TERM ] && echo 130 || echo 143)"
done

# closed streams: no file gets their numbers, so no message is written into one
printf 'text\none text\nanother\n' >in.csv
"$fettle" predict --model "$net" --input in.csv --output open.csv >out 2>err || failed=1
"$fettle" predict --model "$net" --input in.csv --output a.csv >&- 2>&- || { echo "FAILED: a"; failed=1; }
"$fettle" predict --model "$net" --input in.csv --output b.csv <&- >&- 2>&- || { echo "FAILED: b"; failed=1; }
"$fettle" predict --model "$net" --input in.csv --output c.csv <&- || { echo "FAILED: c"; failed=1; }
"$fettle" predict --model "$net" --input in.csv --output d.csv 2>&- || { echo "FAILED: d"; failed=1; }
for f in a b c d; do
    cmp open.csv $f.csv || { echo "FAILED: $f.csv"; failed=1; }
done
# shellcheck disable=SC2086
"$fettle" train $options --max_steps 3 --output_dir closed <&- >&- 2>&- ||
    { echo "FAILED: train with closed streams"; failed=1; }
for f in metrics.jsonl run.json log.txt; do
    grep -qE '^(step|done)' "closed/$f" && { echo "FAILED: messages in $f"; failed=1; }
done
finish
