# Bad input of questions, tokenizers and language models. As in test_bad_input.sh: a line of the table
# is EXIT STATUS | PIECE OF THE ERROR | ARGUMENTS.
. tests/cli/lib.sh

here=$PWD
nets=$here/tests/reference/nets
squad=$here/assets/data/harbour-qa.json
case $fettle in /*) ;; *) fettle=$PWD/$fettle ;; esac
cd "$tmp" || exit 1

# a file of one paragraph: its context, its questions
squad_file() { printf '{"data":[{"paragraphs":[{%s"qas":[%s]}]}]}' "$2" "$3" >"$1.json"; }
context='"context":"c d e",'
answer='"answers":[{"text":"d","answer_start":2}]'
squad_file no_context "" '{"id":"1","question":"q",'"$answer"'}'
squad_file no_id "$context" '{"question":"q",'"$answer"'}'
squad_file no_question "$context" '{"id":"1",'"$answer"'}'
squad_file no_answers "$context" '{"id":"1","question":"q"}'
squad_file no_start "$context" '{"id":"1","question":"q","answers":[{"text":"d"}]}'
squad_file word_start "$context" '{"id":"1","question":"q","answers":[{"text":"d","answer_start":"x"}]}'
squad_file lost "$context" '{"id":"1","question":"q","answers":[{"text":"zz","answer_start":2}]},
    {"id":"2","question":"q","answers":[{"text":"d","answer_start":99999}]},{"id":"3","question":"q",'"$answer"'}'
squad_file empty '"context":"",' '{"id":"1","question":"q","answers":[{"text":"d","answer_start":0}]}'
squad_file long "$context" '{"id":"1","question":"'"$(printf 'why %.0s' $(seq 300))"'",'"$answer"'}'
echo '{"data":[]}' >none.json
echo '{"data":5}' >number.json
head -c 500 "$squad" >cut.json
printf 'a text without a mask\n' >text.txt
printf 'text,label\nx,a\ny,b\n' >rows.csv
: >nothing.txt

# a copy of a model without tokenizer.json, in which file $3 is changed by the command that follows
broken() {
    local name=$1 net=$nets/$2/model file=$3
    shift 3
    cp -r "$net" "$name" && chmod -R u+w "$name" && rm -f "$name/tokenizer.json"
    "$@" <"$net/$file" >"$name/$file"
}
broken merges gpt2-clm merges.txt sed '3s/.*/zz qq/'
broken merges3 gpt2-clm merges.txt sed '3s/.*/a b c/'
broken vocab gpt2-clm vocab.json sed 's/: *1,/: -1,/'
broken vocab_cut gpt2-clm vocab.json head -c 100
broken no_merges gpt2-clm vocab.json cat && rm no_merges/merges.txt
broken words bert-mlm vocab.txt sed 's/^\[UNK\]$/unk/'
broken more_words bert-mlm vocab.txt sh -c 'cat; seq 1000 2000'
broken tok_config bert-mlm tokenizer_config.json head -c 20
broken unigram bert-mlm vocab.txt cat && echo '{"model":{"type":"Unigram"}}' >unigram/tokenizer.json
broken word_level bert-mlm vocab.txt cat && echo '{"model":{"type":"WordLevel"}}' >word_level/tokenizer.json

T="--output_dir o --max_steps 1 --threads 1"
Q="--task qa --model QA --split 1,0,0 --max_seq_length 32 --doc_stride 8 $T"
while IFS='|' read -r want piece args; do
    [ -n "$want" ] || continue
    args=${args//QA/$nets/bert-qa/model}
    args=${args//MLM/$nets/bert-mlm/model}
    args=${args//CLM/$nets/gpt2-clm/model}
    # shellcheck disable=SC2086 # the words of a row are the arguments
    run "$want" ${args//SQUAD/$squad}
    has err "$piece"
    said=$(grep -c '^error: ' err)
    [ "$said" = 1 ] || { echo "FAILED: $args: $said error lines"; sed 's/^/    /' err; failed=1; }
    [ ! -s out ] || { echo "FAILED: $args: something on stdout"; failed=1; }
    [ ! -e o ] || { echo "FAILED: $args: left behind: $(ls -A o)"; failed=1; rm -rf o; }
done <<END
1|no_context.json: data[0].paragraphs[0]: no "context"|train --data no_context.json $Q
1|no_question.json: data[0].paragraphs[0].qas[0]: no "question"|eval --model QA --data no_question.json
1|no_answers.json: no question has an answer|train --data no_answers.json $Q
1|no_answers.json: no question has an answer|eval --model QA --data no_answers.json
1|none.json: |train --data none.json $Q
1|number.json: |train --data number.json $Q
1|cut.json: line 12, column|train --data cut.json $Q
1|cut.json: line 12, column|predict --model QA --input cut.json
1|empty.json: the training split is empty|train --data empty.json $Q
1|rows.csv: |train --data rows.csv $Q
1|missing.json: no such file|eval --predictions missing.json --data SQUAD
1|cut.json: line 12|eval --predictions cut.json --data SQUAD
1|rows.csv: |eval --predictions none.json --data rows.csv
2|doc_stride (32) must be below max_seq_length (32)|train --data SQUAD $Q --doc_stride 32
2|expected more than the stride of 31|train --data SQUAD $Q --doc_stride 31
2|doc_stride: 0 is out of range|train --data SQUAD $Q --doc_stride 0
2|this is question answering data|train --model CLM --task classify --data SQUAD $T
1|a bert model does not support the task clm|train --model MLM --task clm --data text.txt $T
1|a gpt2 model does not support the task mlm|train --model CLM --task mlm --data text.txt $T
1|nothing.txt: |train --model CLM --task clm --data nothing.txt $T
2|block_size is 1|train --model CLM --task clm --data text.txt --block_size 1 $T
2|mlm_probability: 0 is out of range|train --model MLM --task mlm --data text.txt --mlm_probability 0 $T
2|the text has no [MASK]|predict --model MLM --text hello
2|--temperature nan|predict --model CLM --prompt a --temperature nan
2|--max_new_tokens 0|predict --model CLM --prompt a --max_new_tokens 0
2|is not a question answering model|predict --model MLM --question a --context b
2|cannot generate text|predict --model MLM --prompt a
2|is not a classifier, its task is clm: use --prompt|predict --model CLM --text a
2|is not a classifier, its task is qa: use --question and --context|predict --model QA --text a
1|merges/merges.txt: line 3: the merge uses "zz", which is not in the vocabulary|predict --model merges --prompt a
1|merges.txt: line 3: expected two tokens|predict --model merges3 --prompt a
1|vocab/vocab.json: |predict --model vocab --prompt a
1|vocab_cut/vocab.json: |tokenize --model vocab_cut text.txt
1|merges.txt: no such file|tokenize --model no_merges text.txt
1|no unknown token ([UNK])|predict --model words --text a
1|the tokenizer belongs to another model|train --model more_words --task mlm --data text.txt $T
1|tok_config/tokenizer_config.json: |tokenize --model tok_config text.txt
1|vocab must be a list|tokenize --model unigram text.txt
1|model "WordLevel" is not supported|tokenize --model word_level text.txt
END

# counted and reported, not an error
for file in no_start word_start minus null_text; do
    case $file in
    minus) squad_file minus "$context" '{"id":"1","question":"q","answers":[{"text":"d","answer_start":-1}]}' ;;
    null_text) squad_file null_text "$context" '{"id":"1","question":"q","answers":[{"text":null,"answer_start":2},
        {"text":"d","answer_start":2}]}' ;;
    esac
    run 0 inspect "$file.json" --json
    has out '"questions":1'
    has out '"kind":"answer_offset"'
    run 0 train --data "$file.json" --model "$nets/bert-qa/model" --task qa --split 1,0,0 --max_seq_length 32 \
        --doc_stride 8 --max_steps 1 --threads 1 --output_dir "run_$file"
    has err "1 answer without text or a valid answer_start"
done
run 0 inspect no_answers.json --json
has out "1 question without answers: usable for prediction only"
run 0 predict --model "$nets/bert-qa/model" --input no_answers.json --json
has out '"id":"1"'
run 0 predict --model "$nets/bert-qa/model" --input no_id.json --json
has out '"id":"1","question":"q"'
printf '[{"context":"c d e","question":"q1"},{"context":"c d e","question":"q2"}]' >flat.json
run 0 predict --model "$nets/bert-qa/model" --input flat.json --json
has out '"id":"2","question":"q2"'
run 0 train --data lost.json --model "$nets/bert-qa/model" --task qa --split 1,0,0 --max_seq_length 32 \
    --doc_stride 8 --max_steps 1 --threads 1 --output_dir lost
has err "lost.json: 1 answer not in the context"
has err "1 question not used for training: the answer is not in the context"
run 0 inspect lost.json
has out "not in the context"
run 0 inspect empty.json
has out "empty context"
run 0 eval --model "$nets/bert-qa/model" --data empty.json --json
has err "empty: 1 context, 0 questions"
run 0 eval --model "$nets/bert-qa/model" --data long.json --json
has err "1 window with a truncated question"
run 0 predict --model "$nets/bert-qa/model" --question "" --context "" --json
run 0 predict --model "$nets/gpt2-clm/model" --prompt "$(printf 'word %.0s' $(seq 900))" \
    --max_new_tokens 2 --json
has err "of the prompt were dropped"
run 0 tokenize --model "$nets/bert-qa/model" nothing.txt
finish
