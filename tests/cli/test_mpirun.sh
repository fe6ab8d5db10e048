# One run by several processes: the same bytes whatever their number, with all optimisers; a lost process ends the job,
# and the run goes on with another number; what does not fit together is refused. With processes connected by sockets
# (FETTLE_RANKS), and with mpirun where there is one.
. tests/cli/lib.sh

data=$PWD/assets/data/library-mail.csv
net=$PWD/tests/reference/nets/bert-classify/model
options=(--model "$net" --data "$data" --threads 1 --max_seq_length 32 --max_steps 6 --learning_rate 1e-3
    --per_device_train_batch_size 4 --save_strategy steps --save_steps 3 --dropout 0.1 --shards 4)

mpi=
if command -v mpirun >/dev/null && "$fettle" doctor | grep -q ' MPI .*(lib'; then
    mpi="mpirun --oversubscribe --allow-run-as-root -q"
    # what the MPI library leaves at the end is not fettle's: that is looked at with sockets
    mpi="env ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 $mpi"
else
    echo "no MPI: only processes connected by sockets are tested"
fi
# ranks N STATUS ARGS..: by N processes; how they are connected is $by
by=sockets
ranks() {
    local n=$1 want=$2 rc=0
    shift 2
    if [ $by = mpi ]; then
        timeout 120 $mpi -n "$n" "$fettle" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null || rc=$?
    else
        FETTLE_RANKS=$n timeout 120 "$fettle" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null || rc=$?
    fi
    [ $rc = "$want" ] && return
    echo "FAILED: $n by $by: fettle $*: exit $rc, expected $want"
    sed 's/^/    /' "$tmp/err"
    failed=1
}
# metrics.jsonl without times and memory
plain() {
    sed -E 's/"(tokens_per_second|ms|rss_bytes|eval_runtime|train_runtime)":(\{[^}]*\}|[0-9.e+-]*),?//g' \
        "$tmp/$1/metrics.jsonl"
}
# the tensors of a safetensors file: what follows its header, which has times
tensors() {
    local n
    n=$(od -An -t u8 -N 8 "$1" | tr -d ' ')
    tail -c +$((n + 9)) "$1"
}
# same A B: two runs
same() {
    plain "$1" >"$tmp/a"
    plain "$2" | cmp - "$tmp/a" || { echo "FAILED: $1 and $2: other metrics"; failed=1; }
    for f in model/model.safetensors predictions.jsonl eval.json checkpoint-6/model.safetensors; do
        cmp "$tmp/$1/$f" "$tmp/$2/$f" || { echo "FAILED: $1 and $2: other $f"; failed=1; }
    done
    tensors "$tmp/$1/checkpoint-6/optimizer.safetensors" >"$tmp/a"
    tensors "$tmp/$2/checkpoint-6/optimizer.safetensors" | cmp - "$tmp/a" ||
        { echo "FAILED: $1 and $2: other moments"; failed=1; }
    (cd "$tmp/$1" && find . | sort) >"$tmp/a"
    (cd "$tmp/$2" && find . | sort) | diff - "$tmp/a" || { echo "FAILED: $1 and $2: other files"; failed=1; }
}

for optim in adamw_torch adam sgd; do
    run 0 train "${options[@]}" --output_dir "$tmp/$optim" --optim $optim
    for n in 2 4; do
        ranks $n 0 train "${options[@]}" --output_dir "$tmp/$optim-$n" --optim $optim
        same $optim $optim-$n
    done
    [ -n "$mpi" ] || continue
    by=mpi
    ranks 4 0 train "${options[@]}" --output_dir "$tmp/$optim-mpi" --optim $optim
    same $optim $optim-mpi
    by=sockets
done
# the last batches of an epoch leave shards without any; clipping, accumulated batches, weights of labels, frozen layers
odd=(--max_steps -1 --num_train_epochs 1 --per_device_train_batch_size 7 --gradient_accumulation_steps 3
    --max_grad_norm 0.01 --class_weights balanced --freeze 1 --train_sampling_strategy group_by_length --save_steps 2)
run 0 train "${options[@]}" --output_dir "$tmp/odd" "${odd[@]}"
ranks 4 0 train "${options[@]}" --output_dir "$tmp/odd-4" "${odd[@]}"
same odd odd-4

# by default as many shards as processes
ranks 2 0 train "${options[@]:0:18}" --max_steps 6 --output_dir "$tmp/default"
tr -d ' \n' <"$tmp/default/run.json" | grep -q '"shards":{"given":true,"value":2}' ||
    { echo "FAILED: run.json has other shards"; failed=1; }

# lost: the job ends at once with one line, and goes on with another number
lose() { # BY RANK
    by=$1
    local pid i=0 rc=0 long=(--num_train_epochs 400 --max_steps -1 --output_dir "$tmp/lost")
    rm -rf "$tmp/lost"
    if [ "$by" = mpi ]; then
        timeout 120 $mpi -n 4 "$fettle" train "${options[@]}" "${long[@]}" >"$tmp/out" 2>"$tmp/err" </dev/null &
    else
        FETTLE_RANKS=4 timeout 120 "$fettle" train "${options[@]}" "${long[@]}" >"$tmp/out" 2>"$tmp/err" </dev/null &
    fi
    local job=$!
    while [ ! -d "$tmp/lost/checkpoint-6" ] && [ $i -lt 3000 ]; do
        sleep 0.01
        i=$((i + 1))
    done
    pid=$(pgrep -f "^$fettle train.*$tmp/lost" | sed -n "$(($2 + 1))p")
    kill -9 "$pid"
    SECONDS=0
    wait $job || rc=$?
    [ $rc != 0 ] && [ $SECONDS -lt 20 ] || { echo "FAILED: lost by $by: exit $rc after $SECONDS s"; failed=1; }
    [ "$by" = mpi ] || [ $rc = 1 ] || { echo "FAILED: lost by $by: exit $rc"; failed=1; }
    [ "$(grep -c '^error: ' "$tmp/err")" = 1 ] || { echo "FAILED: lost by $by: not one error"; cat "$tmp/err"; failed=1; }
    has err "process $pid) was lost, and the job ends"
    i=0
    while pgrep -f "^$fettle train.*$tmp/lost" >/dev/null; do
        [ $((i += 1)) -lt 500 ] || { echo "FAILED: lost by $by: processes are left"; failed=1; break; }
        sleep 0.01
    done
}
run 0 train "${options[@]}" --max_steps -1 --num_train_epochs 1 --output_dir "$tmp/whole"
resume() { # N: the lost run, to the end of a shorter one
    ranks "$1" 0 train --resume "$tmp/lost" --num_train_epochs 1
    plain whole | grep '"loss"' | tail -1 >"$tmp/a"
    grep -qF "$(sed -E 's/.*("loss":[^,]*).*/\1/' "$tmp/a")" "$tmp/lost/metrics.jsonl" ||
        { echo "FAILED: resumed by $1: not the loss of one process: $(cat "$tmp/a")"; tail -3 "$tmp/lost/metrics.jsonl"; failed=1; }
}
case $(uname -s) in Linux) lose sockets 2 && by=sockets ;; esac
ranks 2 0 train --resume "$tmp/lost" --max_steps 30
cp -r "$tmp/lost" "$tmp/lost-2"
run 0 train "${options[@]}" --max_steps 30 --output_dir "$tmp/thirty"
[ -n "$mpi" ] && lose mpi 3

# evaluation and prediction: the same bytes, of all tasks
nets=$PWD/tests/reference/nets
head -40 assets/data/ferry-year.txt >"$tmp/lines.txt"
for i in $(seq 20); do echo "The <mask> number $i is <mask>."; done >"$tmp/masks.txt"
alike() { # OUTPUT COMMAND..: what is written to OUTPUT, and printed
    local output=$1 n
    shift
    for n in 1 2 4; do
        rm -rf "${tmp:?}/$output"
        ranks $n 0 "$@" --threads 1
        mv "$tmp/$output" "$tmp/$n-$output"
        mv "$tmp/out" "$tmp/$n-out"
        diff -r "$tmp/1-$output" "$tmp/$n-$output" && cmp "$tmp/1-out" "$tmp/$n-out" && continue
        echo "FAILED: $n processes: $*"
        failed=1
    done
    rm -rf "${tmp:?}"/?-"$output"
}
by=sockets
alike e eval --model "$tmp/adam" --data "$data" --output_dir "$tmp/e"
alike e eval --model "$nets/bert-ner/model" --data "$nets/bert-ner/train.conll" --output_dir "$tmp/e"
alike e eval --model "$nets/bert-qa/model" --data assets/data/harbour-qa.json --output_dir "$tmp/e"
alike e eval --model "$nets/gpt2-clm/model" --data assets/data/ferry-year.txt --block_size 16 --output_dir "$tmp/e"
alike p.csv predict --model "$tmp/adam" --input "$data" --output "$tmp/p.csv"
alike p.conll predict --model "$nets/bert-ner/model" --input "$nets/bert-ner/train.conll" --output "$tmp/p.conll"
alike p.json predict --model "$nets/bert-qa/model" --input assets/data/harbour-qa.json --output "$tmp/p.json"
alike p.csv predict --model "$nets/gpt2-clm/model" --input "$tmp/lines.txt" --max_new_tokens 3 --output "$tmp/p.csv"
alike p.jsonl predict --model "$nets/roberta-mlm/model" --input "$tmp/masks.txt" --output "$tmp/p.jsonl"
ranks 4 1 eval --model "$tmp/adam" --data "$tmp/no.csv"
has err "no.csv"
ranks 4 1 predict --model "$tmp/nothing" --input "$data" --output "$tmp/p.csv"
has err "nothing: no such model"
# what is said by rank 0 alone; what several processes cannot do is refused in one line
for by in sockets ${mpi:+mpi}; do
    ranks 4 0 doctor
    [ "$(grep -c 'matrix products' "$tmp/out")" = 1 ] || { echo "FAILED: doctor by several"; failed=1; }
    for words in "" ui "sweep --resume $tmp/x" "audit --sweep $tmp/x" "embed --model $net --input $data" "runs $tmp" \
        "queue run" "bench step" "create --from $net --output $tmp/x"; do
        # shellcheck disable=SC2086
        ranks 2 2 $words
        [ "$(grep -c '^error: ' "$tmp/err")" = 1 ] || { echo "FAILED: \`$words\`: not one line"; cat "$tmp/err"; failed=1; }
        has err "does not run as several processes: start it without mpirun"
        [ "$by" = mpi ] || [ "$(wc -l <"$tmp/err")" = 1 ] || { echo "FAILED: \`$words\`: more than a line"; failed=1; }
    done
done
by=sockets
if [ -n "$mpi" ]; then # what only one rank lacks
    mkdir "$tmp/here" "$tmp/there"
    cp "$data" "$tmp/here/data.csv"
    at() { # DIR..: the rest of the line, a rank in each folder
        local rc=0
        timeout 120 $mpi -n 1 -wdir "$tmp/here" "$fettle" "$@" : -n 1 -wdir "$tmp/there" "$fettle" "$@" \
            >"$tmp/out" 2>"$tmp/err" </dev/null || rc=$?
        [ $rc = 1 ] || { echo "FAILED: exit $rc: $*"; cat "$tmp/err"; failed=1; }
    }
    at eval --model "$tmp/adam" --data data.csv
    has err "error: rank 1 ("
    has err "data.csv: no such file"
    at train --model "$net" --data data.csv --output_dir "$tmp/x"
    has err "error: rank 1 ("
    sed 2d "$data" >"$tmp/there/data.csv"
    at train --model "$net" --data data.csv --output_dir "$tmp/x"
    has err "data.csv is another file there (sha256"
fi

# refused, each with one line
by=sockets
ranks 3 2 train "${options[@]}" --output_dir "$tmp/x"
has err "3 processes: expected a power of two"
ranks 8 2 train "${options[@]}" --output_dir "$tmp/x"
has err "4 shards cannot be divided among 8 processes: use 1, 2 or 4, or other --shards"
ranks 8 2 train --resume "$tmp/adam"
has err "4 shards cannot be divided among 8 processes: use 1, 2 or 4"
ranks 2 2 train "${options[@]}" --output_dir "$tmp/x" --per_device_train_batch_size 300
has err "fewer than the 4 shards"
ranks 2 1 train "${options[@]}" --output_dir "$tmp/x" --data "$tmp/no.csv"
has err "no.csv"
export FETTLE_RANK_OTHER=1:build
ranks 2 1 train "${options[@]}" --output_dir "$tmp/x"
has err "is another build of fettle"
export FETTLE_RANK_OTHER=3:features
ranks 4 1 train "${options[@]}" --output_dir "$tmp/x"
has err "rank 3 ("
has err "has another processor"
unset FETTLE_RANK_OTHER
[ -e "$tmp/x" ] && { echo "FAILED: a refused run left a folder"; failed=1; }
# bf16, here emulated: the same bytes too; a process that lacks it is named
by=sockets
export FETTLE_BF16=emulate
run 0 train "${options[@]}" --output_dir "$tmp/bf16" --precision bf16
ranks 2 0 train "${options[@]}" --output_dir "$tmp/bf16-2" --precision bf16
same bf16 bf16-2
unset FETTLE_BF16
if [ -n "$mpi" ] && "$fettle" doctor | grep -q "bf16 products *none"; then
    part="$fettle train ${options[*]} --output_dir $tmp/mixed --precision bf16"
    timeout 120 $mpi -n 1 env FETTLE_BF16=emulate $part : -n 1 $part >"$tmp/out" 2>"$tmp/err" </dev/null &&
        { echo "FAILED: processes with other precisions train together"; failed=1; }
    has err "computes in fp32, rank 0 in bf16"
fi
finish
