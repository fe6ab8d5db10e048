# Bad input: each case is a line of the table, EXIT STATUS | PIECE OF THE ERROR | ARGUMENTS. Each must
# say one error line on stderr, write nothing to stdout and leave nothing behind in the folder `o`.
. tests/cli/lib.sh

data=$PWD/assets/data/library-mail.csv
nets=$PWD/tests/reference/nets
net=$nets/bert-classify/model
case $fettle in /*) ;; *) fettle=$PWD/$fettle ;; esac
cd "$tmp" || exit 1

# a copy of the good model under the name $1, in which file $2 is changed by the command that follows
broken() {
    local name=$1 file=$2
    shift 2
    cp -r "$net" "$name" && chmod -R u+w "$name"
    "$@" <"$net/$file" >"$name/$file"
}
: >empty.csv
: >empty.csv.xz
printf 'text,label\n' >header.csv
printf 'text,label\n"never closed,a\nb,c\n' >quote.csv
printf 'text,label\n,x\n,y\n' >blank.csv
printf 'text\nhello\nworld\n' >nolabel.csv
head -c 3000 /dev/zero | tr '\0' '[' >deep.json
printf '{"text":"a","label":' >cut.json
printf '{"text":"a","label":"x"}\n{"text":"b","la\n' >cut.jsonl
printf '42' >number.json
printf 'one thing\n' >lines.txt
printf 'text,label\na,loan\nb,pear\n' >pear.csv
printf 'text,kind\na,loan\n' >kind.csv
# a binary file by any name: one control character in ten bytes, as noise has it
awk 'BEGIN { for (i = 0; i < 400; i++) printf "%c%cab,cdefgh\n", 1 + i % 8, 200 + i % 50 }' >noise.csv
mkdir folder
awk 'NR == 1 || /,loan$/' "$data" >one.csv
gzip -c "$data" | head -c 2000 >cut.csv.gz
xz -c "$data" | head -c 2000 >cut.csv.xz
nul() { printf '\0\1\2\377'; }
huge() { printf '\377\377\377\377\377\377\377\177{}'; }
broken cfg_empty config.json true
broken cfg_cut config.json head -c 300
broken cfg_bin config.json nul
broken cfg_array config.json echo '[1]'
broken cfg_other config.json sed 's/"hidden_size": 20/"hidden_size": 24/'
broken cfg_negative config.json sed 's/"hidden_size": 20/"hidden_size": -20/'
broken cfg_huge config.json sed 's/"hidden_size": 20/"hidden_size": 2000000000/'
broken cfg_layers config.json sed 's/"num_hidden_layers": 2/"num_hidden_layers": 1000000/'
broken cfg_heads config.json sed 's/"num_attention_heads": 4/"num_attention_heads": 3/'
broken cfg_type config.json sed 's/"model_type": "bert"/"model_type": "t5"/'
broken cfg_decoder config.json sed 's/"is_decoder": false/"is_decoder": true/'
broken cfg_position config.json \
    sed 's/"vocab_size": 240/"position_embedding_type": "relative_key", "vocab_size": 240/'
broken cfg_vocab config.json sed 's/"vocab_size": 240/"vocab_size": 100/'
broken st_empty model.safetensors true
broken st_cut model.safetensors head -c 20000
broken st_huge model.safetensors huge
broken st_none config.json cat && rm st_none/model.safetensors
# the last four bytes of the file are one weight: here a NaN
nan() { head -c -4 && printf '\377\377\377\177'; }
broken st_nan model.safetensors nan
broken tok_cut tokenizer.json head -c 500
broken tok_none config.json cat && rm tok_none/tokenizer.json tok_none/vocab.txt

T="--output_dir o --max_steps 1 --threads 1 --max_seq_length 16"
while IFS='|' read -r want piece args; do
    [ -n "$want" ] || continue
    args=${args//DATA/$data}
    # shellcheck disable=SC2086 # the words of a row are the arguments
    run "$want" ${args//NET/$net}
    has err "$piece"
    said=$(grep -c '^error: ' err)
    [ "$said" = 1 ] || { echo "FAILED: $args: $said error lines"; sed 's/^/    /' err; failed=1; }
    [ ! -s out ] || { echo "FAILED: $args: something on stdout"; failed=1; }
    [ ! -e o ] || { echo "FAILED: $args: left behind: $(ls -A o)"; failed=1; rm -rf o; }
done <<END
1|missing.csv: no such file|train --model NET --data missing.csv $T
1|empty.csv: the file is empty|train --model NET --data empty.csv $T
1|empty.csv.xz: the file is empty|train --model NET --data empty.csv.xz $T
1|no examples left|train --model NET --data header.csv $T
1|no examples left|train --model NET --data blank.csv $T
1|row 1 (line 2): quote never closed|train --model NET --data quote.csv $T
2|no label column found|train --model NET --data nolabel.csv $T
1|deep.json: row 1|train --model NET --data deep.json $T
1|cut.json: row 1|train --model NET --data cut.json $T
1|cut.jsonl: row 2|train --model NET --data cut.jsonl $T
1|expected an array|train --model NET --data number.json $T
1|all rows have one label (loan)|train --model NET --data one.csv $T
1|the gzip data is truncated|train --model NET --data cut.csv.gz $T
1|the xz data is truncated|train --model NET --data cut.csv.xz $T
1|not a regular file|train --model NET --data /dev/null $T
2|nothere|train --model NET --data DATA --label_column nothere $T
2|nothere|train --model NET --data DATA --text_column nothere $T
1|no such model|train --model nothere --data DATA $T
1|is a file, expected a model|train --model empty.csv --data DATA $T
1|config.json|train --model cfg_empty --data DATA $T
1|config.json: line 13|train --model cfg_cut --data DATA $T
1|config.json: byte|train --model cfg_bin --data DATA $T
1|is not a JSON object|train --model cfg_array --data DATA $T
1|expected (24) from config.json|train --model cfg_other --data DATA $T
1|hidden_size is -20|train --model cfg_negative --data DATA $T
1|hidden_size is 2000000000|train --model cfg_huge --data DATA $T
1|num_hidden_layers is 1000000|train --model cfg_layers --data DATA $T
1|not a multiple of the number of heads, 3|train --model cfg_heads --data DATA $T
1|model_type "t5"|train --model cfg_type --data DATA $T
1|is_decoder|train --model cfg_decoder --data DATA $T
1|position_embedding_type "relative_key"|train --model cfg_position --data DATA $T
1|the embedding has 100 rows|train --model cfg_vocab --data DATA $T
1|is 0 bytes long|train --model st_empty --data DATA $T
1|the file is truncated|train --model st_cut --data DATA $T
1|above the limit|train --model st_huge --data DATA $T
1|no model.safetensors|train --model st_none --data DATA $T
1|are NaN or infinite|train --model st_nan --data DATA $T
1|tokenizer.json: line 1 column 500|train --model tok_cut --data DATA $T
1|no tokenizer found: expected tokenizer.json, or vocab.txt, which tokenizer_class|train --model tok_none --data DATA $T
1|one.csv: all rows have one label (loan)|baseline --data one.csv
1|library-mail.csv: the training split is empty|baseline --data DATA --split 0,0.5,0.5
1|library-mail.csv: the training split is empty|train --model NET --data DATA --split 0,0.5,0.5 $T
1|noise.csv: this is not text|train --model NET --data noise.csv $T
1|noise.csv: this is not text|inspect noise.csv
1|pear.csv: row 2: label "pear" (1 row) is not in the training|train --model NET --data DATA --test pear.csv $T
1|expected account, event, building, loan|train --model NET --data DATA --test pear.csv $T
1|pear.csv: row 2: label "pear" (1 row) is not one of|eval --model NET --data pear.csv
1|kind.csv: no column "label" (as in|train --model NET --data DATA --test kind.csv $T
1|missing.csv: no such file|inspect missing.csv
1|missing.csv: cannot be opened|tokenize --model NET missing.csv
1|folder: cannot be read|tokenize --model NET folder
1|folder: no texts in this folder|inspect folder
1|st_nan/model.safetensors|predict --model st_nan --text hello
1|st_cut/model.safetensors|eval --model st_cut --data DATA
END

# nonsense options: usage errors, none of which touches the folder
while IFS='|' read -r piece args; do
    [ -n "$piece" ] || continue
    # shellcheck disable=SC2086
    run 2 train --model "$net" --data "$data" --output_dir o $args
    has err "$piece"
    [ ! -e o ] || { echo "FAILED: $args: left behind: $(ls -A o)"; failed=1; rm -rf o; }
done <<'END'
`abc` is not a number|--learning_rate abc
-1 is out of range|--learning_rate -1
`nan` is not a number|--learning_rate nan
learning_rate|--learning_rate
unknown option --lr|--lr 3
mlm_probability: 0 is out of range|--mlm_probability 0
nothing to train|--num_train_epochs 0
out of range; expected 1 to|--per_device_train_batch_size 0
not a whole number|--max_steps 99999999999999999999
expected TRAIN,VALIDATION,TEST|--split 1,2,3
unknown value `lion`|--optim lion
expected above 0, to 1|--adam_epsilon 0
expected none, embeddings or 0 to 2 layers|--freeze 9
unknown value `foo`|--clean html,foo
unknown preset `nope`|--preset nope
unknown metric `bogus` for classify|--metric_for_best_model bogus
unexpected argument|extra words
not both|--resume o --fork o@1
expected FOLDER@STEP|--fork nothing
END

# weights that stop being numbers (0 / 0 for words that no text has: as a float it is 0): no such model is kept
run 1 train --model "$net" --data "$data" --output_dir nan --adam_epsilon 1e-60 --threads 1 \
    --eval_strategy no --save_strategy no
has err "lower learning_rate; the last good checkpoint is kept"
grep -q '"state": "failed"' nan/run.json || { echo "FAILED: state of nan"; failed=1; }
for more in "--save_strategy steps --save_steps 1" "--max_steps 1 --save_strategy no"; do
    # shellcheck disable=SC2086
    run 1 train --model "$net" --data "$data" --output_dir nan --overwrite_output_dir \
        --adam_epsilon 1e-60 --threads 1 --eval_strategy no $more
    has err "after step 1: lower learning_rate"
    [ -z "$(find nan -name '*.safetensors*')" ] || { echo "FAILED: NaN kept"; failed=1; }
done

# the same in the middle of a run: the good checkpoint stays, and the run resumes from it
save="--save_strategy steps --save_steps 1 --save_total_limit 1 --eval_strategy no --threads 1"
# shellcheck disable=SC2086
run 0 train --model "$net" --data "$data" --output_dir mid --max_steps 4 $save
sed -i '/"adam_epsilon"/,/}/s/"value": 1e-08/"value": 1e-60/' mid/run.json
run 1 train --resume mid --max_steps 9
has err "after step 5: lower learning_rate; the last good checkpoint is kept"
[ "$(ls -d mid/checkpoint-*)" = mid/checkpoint-4 ] || { echo "FAILED: kept: $(ls mid)"; failed=1; }
sed -i '/"adam_epsilon"/,/}/s/"value": 1e-60/"value": 1e-08/' mid/run.json
run 0 train --resume mid --max_steps 9
grep -q '"state": "done"' mid/run.json || { echo "FAILED: state of mid"; failed=1; }

# a run goes on as it was: no other seed, folder or length; the same again, and other files, it may
run 2 train --resume mid --seed 7
has err "mid: seed cannot be changed on resume (this run has 42"
run 2 train --resume mid --output_dir other
has err "mid: output_dir cannot be changed on resume"
run 2 train --resume mid --max_seq_length 8 --max_steps 20
has err "--fork mid@STEP"
cp "$data" moved.csv
run 0 train --resume mid --output_dir "$PWD/mid" --seed 42 --data moved.csv --threads 1 --max_steps 10

# full disk, simulated by a limit on the size of a file
for blocks in 1 20 60 100; do
    (ulimit -f $blocks; run 1 train --model "$net" --data "$data" --output_dir "full$blocks" \
        --threads 1 --max_steps 2; has err "write failed"; exit $failed) || failed=1
    left=$(find . -path "./full$blocks*" -name '*tmp*')
    [ -z "$left" ] || { echo "FAILED: left behind: $left"; failed=1; }
done
run 0 train --resume full60
(ulimit -f 2; run 1 predict --model "$net" --input "$data" --output said.jsonl
 has err "said.jsonl: write failed"; exit $failed) || failed=1
[ -z "$(find . -name 'said*')" ] || { echo "FAILED: left behind: $(ls)"; failed=1; }
if [ -e /dev/full ]; then
    for command in "predict --input" "eval --data"; do
        # shellcheck disable=SC2086
        "$fettle" $command "$data" --model "$net" >/dev/full 2>err
        [ $? = 1 ] || { echo "FAILED: $command to a full disk"; failed=1; }
        has err "stdout: "
    done
fi

# a language model: nothing in the validation part that could be predicted
printf 'a\n' >one.txt
printf 'some words of a text\n' >words.txt
run 1 train --model "$nets/bert-mlm/model" --data words.txt --validation one.txt --task mlm \
    --output_dir lm --threads 1 --mlm_probability 0.001
has err "one.txt: the validation split has no token to predict"

# fewer tokens than a batch has sequences
run 0 train --model "$net" --data "$data" --output_dir few --limit 1 --threads 1 --max_steps 1 \
    --max_seq_length 4 --per_device_train_batch_size 64

# two processes on one folder
env --default-signal=INT "$fettle" train --model "$net" --data "$data" --output_dir busy --threads 1 \
    --num_train_epochs 200 >/dev/null 2>&1 </dev/null &
pid=$!
for _ in $(seq 500); do [ -s busy/metrics.jsonl ] && break; sleep 0.01; done
run 1 train --resume busy
has err "another process (pid $pid)"
run 1 train --model "$net" --data "$data" --output_dir busy --overwrite_output_dir
has err "another process (pid $pid)"
kill -INT $pid
wait $pid
[ $? = 130 ] || { echo "FAILED: exit of the first process"; failed=1; }

# two that start at once on a folder that is new, empty, or just given up: one has it
for i in $(seq 12); do
    [ $((i % 2)) = 0 ] && mkdir "race$i"
    for k in 1 2; do
        "$fettle" train --model "$net" --data "$data" --output_dir "race$i" --threads 1 \
            --max_steps 1 --split 0.1,0.1,0.8 >/dev/null 2>"race$i.$k" </dev/null &
        pids[k]=$!
    done
    won=0
    for k in 1 2; do
        wait "${pids[k]}"
        rc=$?
        [ $rc = 0 ] && won=$((won + 1)) && continue
        [ $rc = 1 ] && grep -qE 'another process|already contains a run' "race$i.$k" && continue
        echo "FAILED: race$i: exit $rc" && cat "race$i.$k" && failed=1
    done
    [ $won = 1 ] || { echo "FAILED: race$i: $won won"; failed=1; }
done

# checkpoints and run.json of a resumed run: truncated, wrong, missing
run 0 train --model "$net" --data "$data" --output_dir lie --max_steps 12 --threads 1
damaged() {
    rm -rf lied && cp -r lie lied
    local file=lied/$1
    shift
    "$@" <"${file/lied/lie}" >"$file"
}
while IFS='|' read -r piece file how; do
    # shellcheck disable=SC2086
    damaged $file $how
    run 1 train --resume lied --max_steps 20
    has err "$file"
    has err "$piece"
done <<'END'
step is -1|checkpoint-12/optimizer.safetensors|sed s/step\\":12/step\\":-1/;s/fettle_checksum/fettle_checkxxx/
was not written by fettle|checkpoint-12/optimizer.safetensors|sed s/"fettle"/"feetle"/;s/fettle_checksum/fettle_checkxxx/
is damaged|checkpoint-12/optimizer.safetensors|sed s/step\\":12/step\\":11/
is damaged|checkpoint-12/config.json|sed s/hidden_size/hidden_sixe/
is damaged|checkpoint-12/tokenizer.json|sed s/the/teh/
the file is truncated|checkpoint-12/optimizer.safetensors|head -c 5000
0 bytes long|checkpoint-12/model.safetensors|true
not valid JSON|run.json|head -c 100
not valid JSON|run.json|true
END
damaged checkpoint-12/model.safetensors true && rm lied/checkpoint-12/model.safetensors
run 1 train --resume lied --max_steps 20
has err "checkpoint-12: contains no model.safetensors"

# a run.json of another program next to the model does no harm
mkdir theirs && cp -r "$net" theirs/model && echo '{}' >theirs/run.json
run 0 predict --model theirs/model --text hello

# a run that is there: refused; a replacement that cannot start leaves it as it is
run 0 train --model "$net" --data "$data" --output_dir w --max_steps 1 --threads 1
sums() { find w -type f ! -name log.txt ! -name .lock -exec md5sum {} + | sort; }
sums >before
run 1 train --model "$net" --data "$data" --output_dir w
has err "already contains a run"
run 1 train --model "$net" --data missing.csv --output_dir w --overwrite_output_dir
has err "missing.csv"
sums | cmp - before || { echo "FAILED: the old run has changed"; failed=1; }
mkdir mine && : >mine/letter
run 1 train --model "$net" --data missing.csv --output_dir mine
[ "$(ls mine)" = letter ] || { echo "FAILED: mine: $(ls mine)"; failed=1; }
run 1 train --model "$net" --data "$data" --output_dir empty.csv
has err "empty.csv"
finish
