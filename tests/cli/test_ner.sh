# Token classification on the command line: files with tags and spans are recognised, a run learns
# them, its model answers with entities, edits change what is learned, and what is wrong is said.
. tests/cli/lib.sh
here=$PWD
base=$here/tests/reference/nets/bert-classify/model
cd "$tmp" || exit 1
T="--model $base --num_train_epochs 60 --learning_rate 3e-3 --per_device_train_batch_size 4 --threads 1 --dropout 0 --eval_strategy no --save_strategy no"

cat >train.conll <<'END'
-DOCSTART- -X- O

The DT O
lift NN O
in IN O
Riga NNP B-LOC
is VBZ O
broken JJ O

Ana NNP B-PER
Smith NNP I-PER
went VBD O
to TO O
New NNP B-LOC
York NNP I-LOC

Bob NNP B-PER
is VBZ O
in IN O
Riga NNP B-LOC
END
printf 'Bob\tB-PER\nis\tO\n\nYork\tO\n\n' >test.conll # York alone is a name in training
sed 1,2d train.conll >once
printf '\n😀 O\nAna B-PER\nSmith I-PER\nwent O\nto O\nNew B-LOC\nYork I-LOC\n' >>once
for _ in 1 2 3; do echo; cat once; done >>train.conll

# ---- opens without an option, learns, and its folder is what transformers reads ----
# shellcheck disable=SC2086
run 0 train --data train.conll $T --output_dir run --split 1,0,0
has err "columns of words and tags (CoNLL)"
grep -q BertForTokenClassification run/model/config.json &&
    tr -d ' \n' <run/model/config.json | grep -q '"id2label":{"0":"B-LOC","1":"B-PER","2":"I-LOC","3":"I-PER","4":"O"}' ||
    { echo "FAILED: config.json of the run"; cat run/model/config.json; failed=1; }
grep -q '"task": *"ner"' run/run.json || { echo "FAILED: run.json has no task"; failed=1; }

run 0 eval --model run --data train.conll --json
has out '"task":"ner","examples":15,'
has out '"overall_f1":1,"overall_accuracy":1'
has out '"types":{"LOC":{"precision":1,"recall":1,"f1":1,"number":15},"PER":'
run 0 eval --model run --data train.conll --output_dir scores
has out "overall"
head -1 scores/predictions.jsonl | grep -q '"row":1,"part":"train","tokens":\["The","lift","in","Riga","is","broken"\],"labels":\["O","O","O","B-LOC","O","O"\],"predicted":\["O","O","O","B-LOC","O","O"\],"loss":' ||
    { echo "FAILED: predictions.jsonl"; head -1 scores/predictions.jsonl; failed=1; }

# ---- predictions: offsets in code points, any script and emoji, words of the tokenizer ----
run 0 predict --model run --text "😀 Ana Smith went to New York" --json
has out '"entities":[{"entity":"PER","text":"Ana Smith","start":2,"end":11,'
has out '{"entity":"LOC","text":"New York","start":20,"end":28,'
has out '"words":[{"word":"😀","start":0,"end":1,"label":"O",'
run 0 predict --model run --text ""
run 0 predict --model run --text "Ana Smith went to New York"
has out "New York	LOC"
printf 'Bob is in Riga\n\nThe lift in Riga is broken\n' >texts.txt
run 0 predict --model run --input texts.txt --json
[ "$(grep -c '"entity":"LOC","text":"Riga"' out)" = 2 ] || { echo "FAILED: texts.txt"; cat out; failed=1; }
printf '{"tokens":["Bob","is","in","Riga"]}\n{"tokens":[]}\n{"tokens":["Ana","Smith"]}\n' >tokens.jsonl
run 0 predict --model run --input tokens.jsonl --output tokens.conll
printf 'Bob\tB-PER\nis\tO\nin\tO\nRiga\tB-LOC\n\n\nAna\tB-PER\nSmith\tI-PER\n\n' | cmp - tokens.conll ||
    { echo "FAILED: tokens.conll"; cat tokens.conll; failed=1; }
run 0 predict --model run --input tokens.jsonl --output tokens.out.jsonl
[ "$(wc -l <tokens.out.jsonl)" = 3 ] || { echo "FAILED: a line for each row"; failed=1; }
run 0 predict --model run --input tokens.jsonl --output tokens.csv
grep -q '^1,LOC,Riga,10,14,' tokens.csv || { echo "FAILED: tokens.csv"; cat tokens.csv; failed=1; }
run 0 predict --model run --input train.conll --output again.conll
run 0 eval --model run --data again.conll --json
has out '"overall_f1":1,'
run 2 predict --model "$base" --text a --output a.conll
has err "ner"

# ---- windows: the same labels in a sentence longer than the model's input ----
{ for _ in 1 2 3 4 5 6 7 8; do sed -n '3,8p' train.conll; done; echo; } >long.conll
run 0 predict --model run --input long.conll --max_seq_length 12 --doc_stride 4 --output long.out.conll
[ "$(grep -c . long.out.conll)" = 48 ] && [ "$(grep -c 'Riga	B-LOC' long.out.conll)" = 8 ] ||
    { echo "FAILED: windows"; cat long.out.conll; failed=1; }
run 2 train --data train.conll --model "$base" --output_dir o --max_seq_length 16 --doc_stride 16
has err "doc_stride (16) must be below max_seq_length (16)"

# ---- lists of words with tags, integers, spans ----
printf '{"tokens":["Bob","saw","Ana"],"ner_tags":[1,0,1]}\n{"tokens":["Riga"],"ner_tags":[0]}\n' >ints.jsonl
run 2 train --data ints.jsonl --model "$base" --output_dir o --max_steps 1
has err "row 1: the tags are integers (1)"
has err "--label_names"
run 0 train --data ints.jsonl --model "$base" --output_dir ints --max_steps 1 --split 1,0,0 --label_names O,B-PER,I-PER
tr -d ' \n' <ints/model/config.json | grep -q '"id2label":{"0":"O","1":"B-PER","2":"I-PER"}' ||
    { echo "FAILED: names of integers"; failed=1; }
run 0 eval --model ints --data ints.jsonl --json
has out '"examples":2,'
printf '{"text":"Ana Smith is in Riga","label":[[0,9,"PER"],[16,20,"LOC"]]}\n{"text":"Bob, in New York","label":[[0,3,"PER"],[8,16,"LOC"],[8,11,"LOC"],[90,99,"LOC"],[5,7,"PER"]]}\n{"text":"nobody","label":[]}\n' >spans.jsonl
run 0 train --data spans.jsonl --model "$base" --output_dir spans --max_steps 1 --split 1,0,0
has err "span 8 to 11 (LOC) overlaps another"
has err "span 90 to 99 (LOC) is not in the text of 16 characters"
run 0 inspect spans.jsonl --json
has out '"task":"ner","scheme":"IOB2"'
has out '"types":{"LOC":2,"PER":3}'
has out '"kind":"span_overlap"'
has out '"kind":"span_outside"'
run 0 eval --model run --data spans.jsonl --json
has out '"examples":3,'

# ---- what is wrong with data ----
printf '{"tokens":["a","b"],"ner_tags":["O","B-X"]}\n{"tokens":["a","b"],"ner_tags":["O"]}\n' >unequal.jsonl
run 1 train --data unequal.jsonl --model "$base" --output_dir o
has err "unequal.jsonl: row 2: 2 words but 1 tag"
printf 'a\tO\nb\tB-X\n\nc\tO\nd\tI-X\n' >good.conll
printf 'a\tO\nb\tO\n\nc\tO\n' >outside.conll
run 1 train --data outside.conll --task ner --model "$base" --output_dir o --split 1,0,0
has err "outside.conll: all words have one tag (O), expected two tags or more"
printf 'a\tO\nb\tB-NEW\n' >other.conll
run 1 train --data good.conll --test other.conll --model "$base" --output_dir o
has err 'other.conll: row 1: tag "B-NEW" (1 row) is not in the training split'
printf 'a\tO\nb\tI-X\nc\tB-X\n' >inside.conll
run 0 train --data good.conll --test inside.conll --model "$base" --output_dir inside --max_steps 1 --split 1,0,0
run 1 eval --model run --data other.conll
has err "tag \"B-NEW\" (1 row) is not one of the model's labels; expected B-LOC, B-PER, I-LOC, I-PER, O"
printf 'a\tO\nb\tB-X\nc\tI-Y\n\nd\tB-x\n' >odd.conll
run 0 inspect odd.conll --json
has out '"kind":"i_without_b"'
has out '"kind":"label_spelling"'
run 2 train --data good.conll --model "$base" --output_dir o --clean lowercase
has err "the words stay as they are"
printf 'text,label\na b,x\nc d,y\n' >classes.csv
run 1 train --task ner --data classes.csv --model "$base" --output_dir o
has err "no words with tags for ner"
printf '{"text":"a","label":"spam"}\n' >class.jsonl
run 1 eval --model run --data class.jsonl
[ ! -e o ] || { echo "FAILED: left a run behind"; failed=1; }

# ---- weights of types, all tokens, edits ----
# shellcheck disable=SC2086
run 0 train --data train.conll --model "$base" --output_dir weighed --max_steps 2 --class_weights balanced --label_all_tokens true
printf '{"O":1,"LOC":2,"PER":0.5}' >weights.json
run 0 train --data train.conll --model "$base" --output_dir weighed2 --max_steps 2 --class_weights weights.json
printf '{"O":1,"B-LOC":2,"PER":0.5}' >weights2.json
run 1 train --data train.conll --model "$base" --output_dir o --class_weights weights2.json
has err "has no weight for label LOC"
sha=$(printf 'The lift in Riga is broken' | sha256sum | cut -d' ' -f1)
printf '{"row":1,"sha256":"%s","old":["O","O","O","B-LOC","O","O"],"new":["O","B-PER","O","O","O","O"]}\n{"row":2,"sha256":"%s","old":["O"],"new":null}\n' "$sha" "$sha" >edits.jsonl
run 0 train --data train.conll --model "$base" --output_dir edited --max_steps 1 --split 1,0,0 --edits edits.jsonl
has err "1 label edit applied, 1 skipped"

# ---- baselines: the same numbers each time, in the run's files, in its report ----
run 0 baseline --data train.conll --test test.conll --split 1,0,0 --json
cp out first
has out '{"part":"test","train":15,"examples":2,"features":'
has out '"majority_label":"O","majority":{"task":"ner"'
has out '"unigram":{"task":"ner","examples":2,'
grep -q '"unigram":{[^{]*"overall_precision":0.5,"overall_recall":1,"overall_f1":0.6666666666666666,"overall_accuracy":0.6666666666666666,' out ||
    { echo "FAILED: scores of the tagger"; cat out; failed=1; }
run 0 baseline --data train.conll --test test.conll --split 1,0,0 --json
cmp -s out first || { echo "FAILED: two baselines differ"; failed=1; }
run 0 baseline --data train.conll
has out "always O"
has out "unigram"
run 0 train --data train.conll --test test.conll --model "$base" --output_dir based --max_steps 1 --split 1,0,0
grep -q "baseline (F1): majority 0.0000, unigram 0.6667; model" based/log.txt || { echo "FAILED: log.txt"; failed=1; }
grep -q '"baseline":{"majority":0,"unigram":0.6666666666666666}' based/eval.json || { echo "FAILED: eval.json"; failed=1; }
grep -q '"unigram":{"task":"ner"' based/baseline.json || { echo "FAILED: baseline.json"; failed=1; }
run 0 report based --output based.md
cp based.md out
has out "| f1 of the most frequent tag of each word | 0.666667"
has out "## Entity types"
has out "| type | precision | recall | f1 | number |"
has out "| spurious | "
has out "(none): missed in the last column"
run 0 report based --output based.html
run 0 report run --output run.md
[ "$("$fettle" report run --output run2.md && cat run2.md)" = "$(cat run.md)" ] || { echo "FAILED: report"; failed=1; }

# ---- stopped and resumed: the same weights ----
R="--data train.conll --model $base --max_steps 8 --save_strategy steps --save_steps 4 --eval_strategy no --threads 1 --split 1,0,0"
# shellcheck disable=SC2086
run 0 train $R --output_dir whole
# shellcheck disable=SC2086
run 0 train $R --output_dir half
rm -rf half/checkpoint-8 half/model
run 0 train --resume half
cmp -s whole/model/model.safetensors half/model/model.safetensors || { echo "FAILED: a resumed run differs"; failed=1; }

exit $failed
