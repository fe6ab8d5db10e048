# Runs whose files were damaged, lost or moved: what can be used is used, and it is reported.
. tests/cli/lib.sh

data=$PWD/assets/data/library-mail.csv
net=$PWD/tests/reference/nets/bert-classify/model
case $fettle in /*) ;; *) fettle=$PWD/$fettle ;; esac
cd "$tmp" || exit 1
cp -r "$net" base
options="--model base --data $data --threads 1 --max_seq_length 48 --logging_steps 2
    --eval_strategy steps --eval_steps 8 --save_strategy steps --save_steps 5 --save_total_limit 3
    --per_device_train_batch_size 4 --learning_rate 1e-3
    --lr_scheduler_type constant --load_best_model_at_end false"
# shellcheck disable=SC2086 # the options are words
run 0 train $options --max_steps 30 --output_dir whole
# shellcheck disable=SC2086
run 0 train $options --max_steps 22 --output_dir first # checkpoints 10, 15, 20

plain() { # metrics.jsonl without times and memory, and without the change of max_steps
    grep -v '"event":' "$1/metrics.jsonl" |
        sed -E 's/"(tokens_per_second|ms|rss_bytes|eval_runtime|train_runtime|train_tokens|train_loss)":(\{[^}]*\}|[0-9.e+-]*),?//g'
}
# fresh: the run in its folder `r`, as it was after 22 steps
fresh() {
    rm -rf r && cp -r first r
}
# resumes TEXT..: r resumes to step 30, stderr has the texts, and it ends as the uninterrupted run did
resumes() {
    run 0 train --resume r --max_steps 30 --model base
    for text; do has err "$text"; done
    cmp r/model/model.safetensors whole/model/model.safetensors || {
        echo "FAILED: $what: other weights"
        failed=1
    }
    plain r >a
    plain whole | cmp a - || { echo "FAILED: $what: other metrics"; failed=1; }
    if ls -a r | grep '\.tmp[.-][0-9]'; then echo "FAILED: $what: leftovers"; failed=1; fi
}
flip() { # FILE OFFSET: changes one bit
    printf "$(printf '\\x%02x' $((0x$(xxd -s "$2" -l 1 -p "$1") ^ 4)))" |
        dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}
size() { stat -c %s "$1"; }

# --- the newest checkpoint ---
c=r/checkpoint-20
for file in model.safetensors optimizer.safetensors; do
    what="a bit of $file" && fresh && flip $c/$file $(($(size $c/$file) / 2))
    resumes "$file: is damaged" "resuming from r/checkpoint-15"
    [ -d r/damaged-checkpoint-20 ] || { echo "FAILED: $what: not set aside"; failed=1; }
    what="$file is short" && fresh && truncate -s -100 $c/$file
    resumes "$c cannot be used" "resuming from r/checkpoint-15"
    what="$file is empty" && fresh && : >$c/$file
    resumes "$c cannot be used" "resuming from r/checkpoint-15"
done
for file in config.json tokenizer.json vocab.txt trainer_state.json; do
    what="a bit of $file" && fresh && flip $c/$file 20
    resumes "$file: is damaged" "resuming from r/checkpoint-15"
    what="$file is missing" && fresh && rm $c/$file
    resumes "$file: is missing" "resuming from r/checkpoint-15"
done
what="no weights" && fresh && rm $c/model.safetensors $c/vocab.txt
resumes "r/checkpoint-20 is incomplete" "resuming from r/checkpoint-15"
[ -d r/damaged-checkpoint-20 ] && { echo "FAILED: half a checkpoint stays"; failed=1; }
what="two damaged" && fresh && flip $c/model.safetensors 9000 && rm r/checkpoint-15/config.json
resumes "resuming from r/checkpoint-10"
what="an older one is damaged" && fresh && rm -r r/checkpoint-10/model.safetensors
resumes "r/checkpoint-10 is incomplete"
fresh
for k in 10 15 20; do flip r/checkpoint-$k/model.safetensors 9000; done
run 1 train --resume r --max_steps 30
has err "no checkpoint of r can be used"
[ "$(ls -d r/checkpoint-* | wc -l)" = 3 ] || { echo "FAILED: all damaged: one is gone"; failed=1; }
# without run.json the options are lost, and the message says what is left; a checkpoint is not a run
fresh
run 2 train --resume r/checkpoint-15
has err "is a checkpoint; --resume $PWD/r continues the run from its newest one, --fork $PWD/r@15 starts"
echo '{"state' >r/run.json
run 1 train --resume r
has err "r/run.json: line 1"
has err "options are lost with it: --model r/checkpoint-20 starts a new run from its weights"
rm r/run.json
run 1 train --resume r
has err "options are lost with it: --model r/checkpoint-20 starts a new run from its weights"
fresh
for k in 10 15 20; do flip r/checkpoint-$k/model.safetensors 9000; done
# a damaged model is not used elsewhere
run 1 predict --model r/checkpoint-20 --text hello
has err "is damaged"
run 1 export --model r/checkpoint-20 --output exported
has err "is damaged"

# --- metrics.jsonl ---
m=r/metrics.jsonl
what="metrics cut" && fresh && truncate -s 300 $m && resumes "restored from r/checkpoint-20"
what="metrics cut inside the last lines" && fresh && truncate -s -700 $m && resumes
what="metrics empty" && fresh && : >$m && resumes "restored from"
what="metrics gone" && fresh && rm $m && resumes "restored from"
what="metrics: a byte" && fresh && flip $m 150 && resumes "restored from"
what="metrics: a line that is not JSON" && fresh && sed -i '2s/.*/oops/' $m && resumes "restored from"
what="metrics: zeros" && fresh && truncate -s 200 $m && truncate -s 5000 $m && resumes "restored from"
what="metrics: and a damaged checkpoint" && fresh && truncate -s 100 $m &&
    flip $c/model.safetensors 9000 && resumes "restored from r/checkpoint-15"
# a long run: the checkpoint has only the end, the rest is kept where it can be read
# shellcheck disable=SC2086
run 0 train $options --max_steps 1000 --output_dir long --logging_steps 1 --save_steps 1000 \
    --eval_strategy no --per_device_train_batch_size 1
cp -r long r2 && truncate -s 2000 r2/metrics.jsonl
run 0 train --resume r2 --max_steps 1002
grep -c loss r2/metrics.jsonl >n
has err "metrics.jsonl was damaged"
tail -n 4 r2/metrics.jsonl | head -n 1 | grep -q '"step":1000,' || tail -n 4 r2/metrics.jsonl

# --- leftovers, the base model, the folder ---
what="leftovers" && fresh
cp -r $c r/.checkpoint-22.tmp-999999 && cp -r $c r/.model.tmp-1 && : >r/run.json.tmp.77
mkdir -p r/evals && : >r/evals/8.json.tmp.77
mv r/model r/.model.tmp-4.old && cp r/log.txt r/my.tmp.notes
resumes
[ -f r/my.tmp.notes ] || { echo "FAILED: a file of the user is gone"; failed=1; }
[ -z "$(ls -a r/evals | grep tmp)" ] || { echo "FAILED: leftovers in evals"; failed=1; }
what="the base model is gone" && fresh && mv base elsewhere && resumes
what="the base model is another" && cp -r elsewhere base && fresh &&
    flip base/model.safetensors 9000 && sed -i 's/the/teh/' base/vocab.txt && resumes
rm -r base && mv elsewhere base

# checkpoints without a run.json: not touched by a new run
fresh && rm r/run.json
# shellcheck disable=SC2086
run 1 train $options --max_steps 4 --output_dir r
has err "has checkpoints, but no run.json"
# shellcheck disable=SC2086
run 1 train $options --max_steps 4 --output_dir r --overwrite_output_dir
[ -d r/checkpoint-10 ] || { echo "FAILED: checkpoints of somebody are gone"; failed=1; }

# a folder that is moved or removed during the run: one line, and nothing grows in its place
moved() { # NAME COMMAND..
    local name=$1 i=0
    shift
    # shellcheck disable=SC2086
    "$fettle" train $options --max_steps 100000 --output_dir "$name" >out 2>err </dev/null &
    pid=$!
    while [ "$(cat "$name/metrics.jsonl" 2>/dev/null | wc -l)" -lt 4 ] && [ $i -lt 3000 ]; do
        sleep 0.01
        i=$((i + 1))
    done
    "$@"
    wait $pid
    rc=$?
    [ $rc = 1 ] || { echo "FAILED: $*: exit $rc"; failed=1; }
    [ "$(grep -c '^error:' err)" = 1 ] || { echo "FAILED: $*: not one line"; cat err; failed=1; }
    # while it is being removed, a file of a checkpoint may be missed first
    [ "$*" = remove ] && grep -q '^error: m2/.*No such file or directory' err || has err "moved or removed"
    [ ! -e "$name/run.json" ] || { echo "FAILED: $*: a second folder grew"; failed=1; }
}
moved m1 mv m1 m1away
remove() { until rm -rf m2 2>/dev/null; do :; done; }
moved m2 remove
replace() { mv m3 m3away && mkdir m3; }
moved m3 replace
mv m1away m1
run 0 train --resume m1 --max_steps "$(($(ls -d m1/checkpoint-* | sed 's/.*-//' | sort -n | tail -1) + 2))"

# the log: warnings of the same kind are counted
awk 'BEGIN{print "text,label"; for(i=0;i<90;i++) print (i%2?"cold soup ":"warm bread ") i "," ((i%9?i:i+1)%2?"good":"bad")}' >noisy.csv
run 0 train --model base --data noisy.csv --output_dir noisy --threads 1 --logging_steps 1 \
    --per_device_train_batch_size 1 --max_steps 3000 --learning_rate 2e-3 --eval_strategy no \
    --lr_scheduler_type constant --save_strategy no
n=$(grep -c 'times its mean' err)
[ "$n" -lt 25 ] || { echo "FAILED: $n warnings"; failed=1; }
finish
