# What is inferred, without an option, from small files of every format: the task, its columns, the labels.
# And from real data sets, where ../shared/data (or $FETTLE_SHARED/data) has them.
. tests/cli/lib.sh

here=$PWD
case $fettle in /*) ;; *) fettle=$PWD/$fettle ;; esac
cd "$tmp" || exit 1

# is FILE TASK TEXT LABEL MORE..: TASK is single, several, number, ner, qa or text
is() {
    local file=$1 task=$2 text=$3 label=$4
    shift 4
    run 0 inspect "$file" --json
    case $task in
    single) has out '"problem_type":"single_label_classification"' ;;
    several) has out '"problem_type":"multi_label_classification"' ;;
    number) has out '"problem_type":"regression"' ;;
    ner) has out '"task":"ner"' ;;
    qa) has out '"format":"squad"' ;;
    text) has out '"format":"text"' ;;
    esac
    [ -z "$text" ] || has out "\"text_column\":\"$text\""
    [ -z "$label" ] || has out "\"label_column\":\"$label\""
    for more in "$@"; do has out "$more"; done
}
# lines N FORMAT: FORMAT with a number, N times
lines() { for i in $(seq 1 "$1"); do printf "$2" "$i"; done; }

# ---- one label ----
{ echo text,label; lines 8 'text %d a,x\n'; lines 8 'text %d b,y\n'; } >one.csv
is one.csv single text label '"labels":{"x":8,"y":8}'
{ lines 8 '{"text":"t %d","label":["x"]}\n'; lines 8 '{"text":"u %d","label":["y"]}\n'; } >doccano.jsonl
is doccano.jsonl single text label
{ lines 8 '{"text":"t %d","cats":{"x":1.0,"y":0.0}}\n'; lines 8 '{"text":"u %d","cats":{"x":0,"y":1}}\n'; } >cats.jsonl
is cats.jsonl single text cats
{ lines 8 '{"text":"t %d","label":"x","answer":"accept"}\n'; lines 8 '{"text":"u %d","label":"y","answer":"accept"}\n'; } >prodigy.jsonl
is prodigy.jsonl single text label
{ lines 8 '__label__x text %d\n'; lines 8 '__label__y text %d\n'; } >fast.txt
is fast.txt single text label '"format":"fasttext"'
printf '{"text":{"0":"a b","1":"c","2":"d"},"label":{"0":"x","1":"y","2":"x"}}' >pandas.json
is pandas.json single text label
{ lines 8 '{"a":{"text":"t %d"},"b":{"label":"x"}}\n'; lines 8 '{"a":{"text":"u %d"},"b":{"label":"y"}}\n'; } >nested.jsonl
is nested.jsonl single a.text b.label
task() { printf '{"id":%s,"annotations":[{"result":[%s]}],"data":{"text":"%s"}}' "$1" "$2" "$3"; }
choice() { printf '{"value":{"choices":[%s]},"from_name":"m","type":"choices"}' "$1"; }
printf '[%s,%s,%s]' "$(task 1 "$(choice '"x"')" a)" "$(task 2 "$(choice '"y"')" b)" "$(task 3 "$(choice '"x"')" c)" >studio.json
is studio.json single text label
cp "$here/tests/fuzz/corpus/xlsx/deflated" book.xlsx
is book.xlsx single text label
mkdir -p files/train folder && cp one.csv files/train/ && cp one.csv folder/train.csv && cp one.csv folder/valid.csv
is folder single text label '"format":"folder"'
gzip -k one.csv && xz -k one.csv
is one.csv.gz single text label '"compression":"gz"'
is one.csv.xz single text label '"compression":"xz"'

# ---- several labels ----
{ lines 8 '{"text":"t %d","label":["x","y"]}\n'; lines 8 '{"text":"u %d","label":["y"]}\n'; echo '{"text":"n","label":[]}'; } >several.jsonl
is several.jsonl several text label
{ lines 8 '{"text":"t %d","cats":{"x":1.0,"y":1.0}}\n'; lines 8 '{"text":"u %d","cats":{"x":0,"y":1}}\n'; } >several_cats.jsonl
is several_cats.jsonl several text cats
{ lines 8 '{"text":"t %d","options":[{"id":"x"},{"id":"y"}],"accept":["x","y"],"answer":"accept"}\n'; lines 8 '{"text":"u %d","accept":["y"],"answer":"accept"}\n'; } >choice.jsonl
is choice.jsonl several text accept
{ lines 8 '__label__x __label__y text %d\n'; lines 8 '__label__y text %d\n'; } >several.txt
is several.txt several text label
printf '[%s,%s,%s]' "$(task 1 "$(choice '"x","y"')" a)" "$(task 2 "$(choice '"y"')" b)" "$(task 3 "$(choice '"x"')" c)" >several_studio.json
is several_studio.json several text label
{ echo id,mood,text,lead_time; lines 8 '%d,"{""choices"": [""x"", ""y""]}",some text,3.5\n'; lines 8 '%d,x,other text,2.5\n'; } >several_studio.csv
is several_studio.csv several text mood
{ echo text,labels; lines 9 't %d,x|y\n'; lines 9 'u %d,y\n'; lines 9 'v %d,x\n'; lines 9 'w %d,z|x\n'; } >bars.csv
is bars.csv several text labels
{ echo id,text,label; lines 8 '%d,some text,a#b\n'; lines 8 '%d,other text,b\n'; lines 8 '%d,more text,a\n'; } >doccano.csv
is doccano.csv several text label '"labels":{"a":16,"b":16}'
{ echo text,rude,loud; lines 9 't %d,0,1\n'; lines 9 'u %d,1,1\n'; lines 9 'v %d,0,0\n'; } >flags.csv
is flags.csv several text ''

# ---- numbers ----
{ echo text,score; for i in $(seq 1 16); do echo "text $i,$i.25"; done; } >number.csv
"$fettle" inspect number.csv --json >regression 2>&1
if grep -q '"problem_type":"regression"' regression; then numbers=1; else numbers=0; fi
if [ $numbers = 0 ] && ! grep -q 'regression is not supported' regression; then echo "FAILED: fractions:"; cat regression; failed=1; fi
# number FILE TEXT LABEL MORE..: is regression, where this build has it
number_is() { [ $numbers = 0 ] || is "$1" number "${@:2}"; }
number_is number.csv text score
{ for i in $(seq 1 16); do echo "{\"sentence1\":\"a $i\",\"sentence2\":\"b $i\",\"score\":0.$i}"; done; } >pairs.jsonl
number_is pairs.jsonl sentence1 score '"text_pair_column":"sentence2"'
number() { printf '{"value":{"number":%s},"from_name":"n","type":"number"}' "$1"; }
printf '[%s,%s,%s]' "$(task 1 "$(number 0.5)" a)" "$(task 2 "$(number 1.25)" b)" "$(task 3 "$(number 2.75)" c)" >number_studio.json
number_is number_studio.json text label

# ---- tags and spans ----
printf 'Ann\tB-PER\nis\tO\nhere\tO\n\nRiga\tB-LOC\nis\tO\nold\tO\n' >tags.conll
is tags.conll ner '' ''
cp tags.conll tags.txt
is tags.txt ner '' '' '"format":"conll"'
printf '{"tokens":["Ann","is"],"ner_tags":["B-PER","O"]}\n{"tokens":["b"],"ner_tags":["O"]}\n' >tokens.jsonl
is tokens.jsonl ner '' ner_tags
printf '{"text":"Ann is","label":[[0,3,"PER"]]}\n{"text":"b","label":[]}\n' >spans.jsonl
is spans.jsonl ner text label
printf '{"text":"Ann is","entities":[{"label":"PER","start_offset":0,"end_offset":3}],"relations":[]}\n{"text":"b","entities":[],"relations":[]}\n' >relations.jsonl
is relations.jsonl ner text entities
printf '{"text":"Ann is","tokens":[{"text":"Ann","start":0,"end":3,"id":0}],"spans":[{"start":0,"end":3,"label":"PER"}],"answer":"accept"}\n{"text":"b","spans":[],"answer":"accept"}\n{"text":"no","spans":[{"start":0,"end":2,"label":"NO"}],"answer":"reject"}\n' >prodigy_spans.jsonl
is prodigy_spans.jsonl ner text spans '"types":{"PER":1}'
printf '[["Ann is",{"entities":[[0,3,"PER"]]}],["b",{"entities":[]}]]' >spacy.json
is spacy.json ner text entities
region='{"value":{"start":0,"end":3,"text":"Ann","labels":["PER"]},"from_name":"l","type":"labels"}'
printf '[%s,%s]' "$(task 1 "$region" 'Ann is')" "$(task 2 '' b)" >regions.json
is regions.json ner text spans '"types":{"PER":1}'
printf '[{"text":"Ann is","id":1,"label":[{"start":0,"end":3,"text":"Ann","labels":["PER"]}],"annotation_id":7},{"text":"b","id":2,"annotation_id":8}]' >regions_min.json
is regions_min.json ner text label

# ---- questions, texts ----
printf '{"data":[{"paragraphs":[{"context":"a b","qas":[{"id":"1","question":"q","answers":[{"text":"a","answer_start":0}]}]}]}]}' >squad.json
is squad.json qa '' ''
printf 'One line of text.\nAnother line of it.\n' >plain.txt
is plain.txt text '' ''

# ---- real data ----
data=${FETTLE_SHARED:-$here/../shared}/data
if [ -d "$data" ]; then
    is "$data/banking77" single text category
    is "$data/imdb/imdb_test.csv.xz" single review sentiment
    is "$data/sst2" single sentence label
    is "$data/waimai/waimai_10k.csv" single review label
    is "$data/goemotions" several column1 column2
    is "$data/goemotions/dev.names.csv" several text labels
    number_is "$data/stsb" column1 column3 '"text_pair_column":"column2"'
    number_is "$data/emobank/emobank.csv" text V 'gives the splits: 8062 rows train'
    is "$data/wnut17" ner '' ''
    is "$data/turku-ner-fi" ner '' ''
    is "$data/stockmark-ner-ja" ner text label
    is "$data/squad/squad-v2.0-dev.json" qa '' ''
else
    echo "skipped: no data sets in $data"
fi
finish
