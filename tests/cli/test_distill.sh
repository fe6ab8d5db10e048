# Distillation: a teacher without a head, unlabelled text, and what is refused.
. tests/cli/lib.sh
data=assets/data/library-mail.csv
for size in 600 300; do
    cat >"$tmp/c.json" <<JSON
{"model_type":"bert","hidden_size":32,"num_hidden_layers":$((size / 300)),"num_attention_heads":2,
 "intermediate_size":64,"max_position_embeddings":64}
JSON
    run 0 create --config "$tmp/c.json" --text $data --vocab_size $size --seed $size \
        --output "$tmp/v$size"
done
sed 's/"hidden_size":32/"hidden_size":48/' "$tmp/c.json" >"$tmp/c2.json"
run 0 create --config "$tmp/c2.json" --text $data --vocab_size 300 --output "$tmp/wide"

# distil STATUS MORE..: trains v300 on the states of v600
distil() {
    local rc=$1
    shift
    run "$rc" train --teacher "$tmp/v600" --model "$tmp/v300" --data $data --max_seq_length 32 \
        --limit 120 --learning_rate 1e-3 --threads 2 --logging_steps 1 "$@"
}

# a teacher is its own best student, also of texts that are cut
for cut in head head_tail; do
    run 0 train --teacher "$tmp/v600" --model "$tmp/v600" --data $data --limit 60 --max_steps 1 \
        --learning_rate 0 --dropout 0 --logging_steps 1 --max_seq_length 20 --truncation $cut \
        --output_dir "$tmp/same-$cut" --json
    grep -q '"loss":0,' "$tmp/out" && grep -q '"cosine":\(1\|0.99999\)' "$tmp/out" ||
        { echo "FAILED: $cut: $(cat "$tmp/out")"; failed=1; }
done

distil 0 --output_dir "$tmp/a" --save_strategy steps --save_steps 3 --max_steps 8 \
    --gradient_accumulation_steps 2 --train_sampling_strategy group_by_length
has out cosine
grep -q '"loss_hidden":' "$tmp/a/metrics.jsonl" || { echo "FAILED: no loss_hidden"; failed=1; }
grep -q '"task": *"embed"' "$tmp/a/run.json" || { echo "FAILED: task"; failed=1; }
first=$(sed -n '1s/.*"loss_hidden":\([0-9.]*\).*/\1/p' "$tmp/a/metrics.jsonl")
last=$(sed -n '/"step":8,/s/.*"loss_hidden":\([0-9.]*\).*/\1/p' "$tmp/a/metrics.jsonl")
awk "BEGIN { exit !($last > 0 && $last < 0.9 * $first) }" ||
    { echo "FAILED: the loss went from $first to $last"; failed=1; }

# stopped and resumed: the same bytes
distil 0 --output_dir "$tmp/b" --save_strategy steps --save_steps 3 --max_steps 8 \
    --gradient_accumulation_steps 2 --train_sampling_strategy group_by_length
rm -r "$tmp/b/checkpoint-8" "$tmp/b/model"
run 0 train --resume "$tmp/b"
cmp "$tmp/a/model/model.safetensors" "$tmp/b/model/model.safetensors" || failed=1
for r in a b; do
    sed 's/,"tokens_per_second.*//; /runtime/d' "$tmp/$r/metrics.jsonl" >"$tmp/$r.lines"
done
cmp "$tmp/a.lines" "$tmp/b.lines" || failed=1

# what it was trained for: another task begins from it
run 0 inspect "$tmp/a/model" --json
has out '"missing":[],"unexpected":[]'
run 0 train --model "$tmp/a" --data $data --limit 60 --max_steps 1 --output_dir "$tmp/c"

# text files, and columns of texts
seq 40 | sed 's/.*/The book with number & is late, please renew it./' >"$tmp/t.txt"
sed 's/.*/{"text":"&"}/' "$tmp/t.txt" >"$tmp/t.jsonl"
for file in t.txt t.jsonl; do
    run 0 train --teacher "$tmp/v600" --model "$tmp/v300" --data "$tmp/$file" --max_steps 1 \
        --output_dir "$tmp/run-$file"
    has out "texts  4"
done

# predictions of a classifier: with labels, with some, without any
run 0 train --model "$tmp/v600" --data $data --limit 200 --max_steps 20 --learning_rate 1e-3 \
    --output_dir "$tmp/teacher"
learn() {
    local rc=$1
    shift
    run "$rc" train --teacher "$tmp/teacher" --model "$tmp/v300" --max_seq_length 32 \
        --learning_rate 1e-3 --logging_steps 1 --max_steps 6 --save_strategy steps --save_steps 4 \
        --threads 2 "$@"
}
learn 0 --data $data --limit 100 --output_dir "$tmp/l1"
for part in loss_label loss_teacher; do
    grep -q "\"$part\":" "$tmp/l1/metrics.jsonl" || { echo "FAILED: no $part"; failed=1; }
done
grep -q loss_hidden "$tmp/l1/metrics.jsonl" && { echo "FAILED: loss_hidden"; failed=1; }
grep -q '"checksum": "[0-9a-f]\{16\}"' "$tmp/l1/run.json" || { echo "FAILED: checksum"; failed=1; }
# both models side by side, for Evaluate
grep -q '"student":{"name":"[^"]*","loss":[0-9.]*,"accuracy":[0-9.]*,"ms_per_text":[0-9.]*,"bytes":[0-9]' \
    "$tmp/l1/eval.json" && grep -q '"teacher":{"name":"[^"]*","loss":[0-9.]*,"accuracy":[0-9.]*,' \
    "$tmp/l1/eval.json" || { echo "FAILED: eval.json"; failed=1; }
# the teacher's accuracy is what it has by itself
split=$(sed 's/.*"part":"\([a-z]*\)".*/\1/' "$tmp/l1/eval.json")
[ "$split" = test ] || { echo "FAILED: part $split"; failed=1; }
"$fettle" train --preset distill --teacher "$tmp/teacher" --model "$tmp/teacher" --data $data \
    --limit 100 --learning_rate 0 --max_steps 1 --output_dir "$tmp/l6" >/dev/null 2>&1
one=$(sed 's/.*"student":{[^}]*"accuracy":\([0-9.]*\).*/\1/' "$tmp/l6/eval.json")
two=$(sed 's/.*"teacher":{[^}]*"accuracy":\([0-9.]*\).*/\1/' "$tmp/l6/eval.json")
[ -n "$one" ] && [ "$one" = "$two" ] || { echo "FAILED: accuracies $one, $two"; failed=1; }
head -41 $data | sed '5,12s/,[a-z]*$/,/' >"$tmp/some.csv"
learn 0 --data "$tmp/some.csv" --split 1,0,0 --output_dir "$tmp/l2" --distill_hidden 0.5
has err "8 of 40 training texts without a label"
grep -q loss_hidden "$tmp/l2/metrics.jsonl" || { echo "FAILED: no loss_hidden"; failed=1; }
learn 0 --data "$tmp/t.txt" --output_dir "$tmp/l3" --distill_alpha 1
has err "4 of 4 validation texts without a label: not scored"
run 0 inspect "$tmp/l3/model" --json
has out '"building"'

# resumed: the same bytes; with another teacher: refused
cp -r "$tmp/l2" "$tmp/l4"
rm -r "$tmp/l4/model" "$tmp/l4/checkpoint-6" 2>/dev/null
run 0 train --resume "$tmp/l4"
cmp "$tmp/l2/model/model.safetensors" "$tmp/l4/model/model.safetensors" || failed=1
run 1 train --resume "$tmp/l4" --teacher "$tmp/l1"
has err "the teacher has other weights"

# the file of the teacher's outputs: killed, damaged and lost, the run gives the same bytes
keep() {
    learn 0 --data "$tmp/some.csv" --split 1,0,0 --distill_hidden 0.5 --max_steps 12 \
        --per_device_train_batch_size 7 --save_total_limit 0 --output_dir "$1"
}
keep "$tmp/m1"
grep -q "outputs are kept in" "$tmp/m1/log.txt" || { echo "FAILED: not kept"; failed=1; }
[ ! -e "$tmp/m1/teacher.cache" ] || { echo "FAILED: the file stays"; failed=1; }
keep "$tmp/m2"
rm -r "$tmp/m2/model" "$tmp/m2/checkpoint-12" # the file is gone: made again from step 8 on
run 0 train --resume "$tmp/m2"
cmp "$tmp/m1/model/model.safetensors" "$tmp/m2/model/model.safetensors" || failed=1
learn 0 --data "$tmp/some.csv" --split 1,0,0 --distill_hidden 0.5 --max_steps 12 \
    --per_device_train_batch_size 7 --save_total_limit 0 --output_dir "$tmp/m3"
rm -r "$tmp/m3/model" "$tmp/m3/checkpoint-12"
head -c 100000 /dev/zero >"$tmp/m3/teacher.cache"
run 0 train --resume "$tmp/m3"
cmp "$tmp/m1/model/model.safetensors" "$tmp/m3/model/model.safetensors" || failed=1

# a run does not replace its own teacher
learn 2 --data $data --output_dir "$tmp/teacher" --overwrite_output_dir
[ -e "$tmp/teacher/model/config.json" ] || { echo "FAILED: the teacher is gone"; failed=1; }

# what does not fit
printf 'text,label\nA book,x\nA cup,y\nA pen,x\n' >"$tmp/other.csv"
learn 1 --data "$tmp/other.csv" --split 1,0,0 --output_dir "$tmp/x"
has err 'label "x" (2 rows) is not one of'
learn 1 --data $data --output_dir "$tmp/x" --task mlm
has err "task mlm with a teacher is not supported"
distil 0 --output_dir "$tmp/l5" --task classify --max_steps 2
has err "has no head for the task classify, its hidden states are learned"
distil 2 --output_dir "$tmp/x" --task classify --distill_hidden 0
has err "distill_hidden is 0"

distil 1 --output_dir "$tmp/x" --teacher "$tmp/wide"
has err "hidden size"
distil 1 --output_dir "$tmp/x" --teacher "$tmp/none"
has err none
distil 2 --output_dir "$tmp/x" --distill_hidden 0
has err "distill_hidden is 0"
distil 2 --output_dir "$tmp/x" --distill_alpha 1.5
has err distill_alpha
distil 2 --output_dir "$tmp/x" --distill_temperature 0
has err distill_temperature
distil 2 --output_dir "$tmp/x" --distill_hidden -1
has err distill_hidden
run 2 train --model "$tmp/v300" --data $data --output_dir "$tmp/x" --distill_alpha 0.3
has err "use --teacher"
run 2 train --model "$tmp/v300" --data $data --output_dir "$tmp/x" --task embed
has err "use --teacher"
[ ! -e "$tmp/x" ] || { echo "FAILED: $tmp/x is there"; failed=1; }
finish
