# What a data file is: the forms that other programs write are read as classes, and data of other
# tasks is refused with what it looks like. Labels that are probably not meant are reported.
. tests/cli/lib.sh

here=$PWD
nets=$here/tests/reference/nets
case $fettle in /*) ;; *) fettle=$PWD/$fettle ;; esac
cd "$tmp" || exit 1
T="--model starter --output_dir o --max_steps 1 --threads 1 --max_seq_length 16 --split 1,0,0"

# labels FILE JSON: what inspect counts
labels() {
    run 0 inspect "$1" --json
    has out "\"labels\":$2"
}
# refused FILE STATUS TEXT [ARGS]: training is refused and leaves nothing; inspect still shows the file
refused() {
    local file=$1 status=$2 text=$3
    shift 3
    # shellcheck disable=SC2086 # words are arguments
    run "$status" train --data "$file" $T "$@"
    has err "$text"
    [ ! -e o ] || { echo "FAILED: $file: left a run behind"; failed=1; rm -rf o; }
}

# several FILE JSON DELIMITER [ARGS]: rows with several labels, counted and trained
several() {
    local file=$1 counts=$2 delimiter=$3
    shift 3
    run 0 inspect "$file" --json "$@"
    has out "\"problem_type\":\"multi_label_classification\",\"labels\":$counts"
    [ -z "$delimiter" ] || has out "\"label_delimiter\":\"$delimiter\""
    # shellcheck disable=SC2086
    run 0 train --data "$file" $T "$@"
    rm -rf o
}

# ---- forms that are read ----
two='{"bad":2,"good":2}'
printf '{"text":{"0":"a b","1":"c","2":"d","3":"e"},"label":{"0":"good","1":"bad","2":"good","3":"bad"}}' >columns.json
printf '{"text":["a b","c","d","e"],"label":["good","bad","good","bad"]}' >lists.json
printf '{"columns":["text","label"],"index":[0,1,2,3],"data":[["a","good"],["b","bad"],["c","good"],["d","bad"]]}' >split.json
printf '{"0":{"text":"a","label":"good"},"1":{"text":"b","label":"bad"},"2":{"text":"c","label":"good"},"3":{"text":"d","label":"bad"}}' >index.json
printf '{"data":["a b","c","d","e"],"target":["good","bad","good","bad"]}' >bunch.json
printf '{"about":"x","examples":[{"text":"a","label":"good"},{"text":"b","label":"bad"},{"text":"c","label":"good"},{"text":"d","label":"bad"}]}' >under.json
printf '[["a b","good"],["c d","bad"],["e f","good"],["g h i","bad"]]' >pairs.json
printf '{"train":[["a b","good"],["c d","bad"]],"oos":[["x","y"]],"test":[["e f","good"],["g h i","bad"]]}' >parts.json
printf '{"text":"a","label":["good"]}\n{"text":"b","label":["bad"]}\n{"text":"c","label":["good"]}\n{"text":"d","label":["bad"]}\n' >doccano.jsonl
printf '{"text":"a","cats":{"good":1.0,"bad":0.0}}\n{"text":"b","cats":{"good":0,"bad":1}}\n{"text":"c","cats":{"good":true,"bad":false}}\n{"text":"d","cats":{"bad":1.0}}\n' >cats.jsonl
printf '__label__good a b\n__label__bad c\n__label__good d\n__label__bad e\n' >fast.txt
task() { printf '{"id":%s,"annotations":[{"was_cancelled":false,"result":[{"value":{"choices":["%s"]},"from_name":"m","type":"choices"}]}],"data":{"text":"%s"},"predictions":[]}' "$1" "$2" "$3"; }
printf '[%s,%s,%s,%s]' "$(task 1 good a)" "$(task 2 bad b)" "$(task 3 good c)" "$(task 4 bad d)" >studio.json
printf '[{"text":"a","id":1,"mood":"good","annotator":1,"annotation_id":7},{"text":"b","id":2,"mood":"bad","annotator":1,"annotation_id":8},{"text":"c","id":3,"mood":"good","annotator":1,"annotation_id":9},{"text":"d","id":4,"mood":"bad","annotator":1,"annotation_id":10}]' >min.json
printf '{"review":{"body":"a b c","lang":"en"},"meta":{"label":"good"}}\n{"review":{"body":"d","lang":"en"},"meta":{"label":"bad"}}\n{"review":{"body":"e","lang":"en"},"meta":{"label":"good"}}\n{"review":{"body":"f","lang":"en"},"meta":{"label":"bad"}}\n' >nested.jsonl
printf '{"text":"a","label":"good","answer":"accept"}\n{"text":"b","label":"bad","answer":"accept"}\n{"text":"c","label":"good","answer":"accept"}\n{"text":"d","label":"bad","answer":"accept"}\n{"text":"e","label":"bad","answer":"reject"}\n{"text":"f","label":"bad","answer":"ignore"}\n' >prodigy.jsonl
printf '{"text":"a","options":[{"id":"good"},{"id":"bad"}],"accept":["good"],"answer":"accept"}\n{"text":"b","accept":["bad"],"answer":"accept"}\n{"text":"c","accept":["good"],"answer":"accept"}\n{"text":"d","accept":["bad"],"answer":"accept"}\n{"text":"e","accept":[],"answer":"ignore"}\n' >choice.jsonl
for file in columns.json lists.json split.json index.json bunch.json under.json pairs.json parts.json doccano.jsonl \
    cats.jsonl fast.txt studio.json min.json nested.jsonl prodigy.jsonl choice.jsonl; do
    labels "$file" "$two"
done
run 0 inspect nested.jsonl --json
has out '"text_column":"review.body","label_column":"meta.label"'
run 0 inspect prodigy.jsonl --json
has out '"kind":"rejected"'
run 0 inspect studio.json --json
has out 'Label Studio'
run 0 inspect parts.json --json
has out '"rows":4'
printf '{"text":{"0":"a","1":"b"},"label":{"0":"x","2":"y"}}' >uneven.json
run 1 inspect uneven.json
has err 'orient="records"'
printf '{"name":"x","size":3}' >settings.json
run 1 inspect settings.json
has err 'no rows: one object with the keys "name", "size"'

# ---- conversations: one text, never JSON ----
C="--model $nets/gpt2-clm/model --task clm --max_steps 1 --block_size 8 --threads 1 --split 1,0,0"
# talk FILE: the turns of FILE are the text, and that is told
talk() {
    run 0 inspect "$1" --rows
    has out 'user: Hi \"you\"\nassistant: Good day'
    # shellcheck disable=SC2086
    run 0 train --data "$1" $C --output_dir talk
    has err 'conversations are converted to text: one line per turn of'
    rm -rf talk
}
for i in 1 2 3; do printf '{"id":%s,"messages":[{"role":"user","content":"Hi \\"you\\""},{"role":"assistant","content":"Good day"}]}\n' $i; done >messages.jsonl
for i in 1 2 3; do printf '{"prompt":"p%s","conversations":[{"from":"user","value":"Hi \\"you\\""},{"from":"assistant","value":"Good day","weight":1}]}\n' $i; done >share.jsonl
for i in 1 2 3; do printf '[{"content":"Hi \\"you\\"","role":"user"},{"role":"assistant","content":null,"tool_calls":[{"id":"a"}]},{"role":"assistant","content":"Good day"}]\n'; done >bare.jsonl
printf '[{"dialog":[{"user":"Hi \\"you\\"","assistant":"Good day"}]},{"dialog":[{"user":"Hi \\"you\\"","assistant":"Good day"}]}]' >dialog.json
for i in 1 2; do printf '{"rejected":[{"role":"user","content":"no"}],"chosen":[{"role":"user","content":"Hi \\"you\\""},{"role":"assistant","content":"Good day"}]}\n'; done >choices.jsonl
for file in messages.jsonl share.jsonl bare.jsonl dialog.json choices.jsonl; do talk "$file"; done
run 0 inspect share.jsonl --json
has out '"text_column":"conversations"'
run 0 inspect choices.jsonl --json
has out '"text_column":"chosen"'
run 0 inspect bare.jsonl --json
has out '3 turns without text are skipped'
# texts that are JSON are refused, and what is shown says so
# json_text FILE TEXT [ARGS]
json_text() {
    local file=$1 text=$2
    shift 2
    # shellcheck disable=SC2086
    run 1 train --data "$file" $C --output_dir talk "$@"
    has err "$text"
    [ ! -e talk ] || { echo "FAILED: $file: left a run behind"; failed=1; rm -rf talk; }
    run 0 inspect "$file" --json
    has out '"kind":"json_text"'
    has out "$text"
}
for i in 1 2 3; do printf '{"messages":[{"role":"user","content":[{"type":"text","text":"Hi"}]}]}\n'; done >parts.jsonl
json_text parts.jsonl 'holds lists of objects, not text (first: row 1)'
run 1 train --data parts.jsonl --model "$nets/gpt2-clm/model" --task clm --text_column messages --output_dir talk
has err 'holds lists of objects, not text (first: row 1)'
printf 'messages\n"[{'"'role': 'user', 'content': 'Hi'"'}]"\n"[{'"'role': 'user', 'content': 'Ho'"'}]"\n' >python_chat.csv
json_text python_chat.csv 'lists of objects'
printf 'n,talk\n1,"[{""role"":""user"",""content"":""Hi""}]"\n2,"[{""role"":""user"",""content"":""Ho""}]"\n' >chat.csv
json_text chat.csv 'lists of objects'
printf '{"tokens":["a","b"]}\n{"tokens":["c","d"]}\n' >tokens.jsonl
json_text tokens.jsonl 'holds JSON, not text'
printf 'text,label\n"{""a"":1}",x\n"{""a"":2}",y\n"{""b"":[3]}",x\nplain,y\n' >logs.csv
refused logs.csv 1 'column "text" holds JSON, not text (first: row 1)'
# shellcheck disable=SC2086
run 0 train --data logs.csv $T --text_column text
has err 'the text is JSON, used unchanged (and 2 more)'
rm -rf o
printf 'text,label\n[deleted],x\n[1] see there,y\n"{a} b",x\n[],y\n[2],y\n' >brackets.csv
run 0 inspect brackets.csv --json
! grep -q json_text "$tmp/out" || { echo "FAILED: brackets are no JSON:"; cat "$tmp/out"; failed=1; }

# doccano before 1.3: labels or their ids under "annotations"
printf '{"id":1,"text":"a","annotations":[],"meta":{}}\n{"id":2,"text":"b","annotations":[{"label":3,"id":1,"user":1}],"meta":{}}\n{"id":3,"text":"c","annotations":[{"label":4,"user":1},{"label":4,"user":2}],"meta":{}}\n{"id":4,"text":"d","annotations":[{"label":3,"user":1}],"meta":{}}\n{"id":5,"text":"e","annotations":[{"user":1,"label":4}],"meta":{}}\n' >old.jsonl
labels old.jsonl '{"3":2,"4":2}'
has out "the label is taken from the row's annotations"
sed 's/"label":3/"label":"good"/g; s/"label":4/"label":"bad"/g' old.jsonl >old_names.jsonl
labels old_names.jsonl '{"bad":2,"good":2}'
sed 's/{"label":4,"user":2}/{"label":3,"user":2}/' old.jsonl >old_several.jsonl
several old_several.jsonl '{"3":3,"4":2}' ''

# Label Studio's CSV: the choice is a column named by the question
printf 'annotation_id,annotator,created_at,id,lead_time,mood,text,updated_at\n7,1,2024-01-01T10:00:00Z,1,3.2,good,a b c,2024-01-01T10:00:00Z\n8,1,2024-01-01T10:01:00Z,2,1.5,bad,d e f,2024-01-01T10:01:00Z\n9,1,2024-01-01T10:02:00Z,3,2.5,good,g h i,2024-01-01T10:02:00Z\n10,1,2024-01-01T10:03:00Z,4,9.5,bad,j k l,2024-01-01T10:03:00Z\n' >studio.csv
labels studio.csv "$two"
has out '"text_column":"text","label_column":"mood"'
sed 's/,good,a b c,/,"{""choices"":[""good"",""bad""]}",a b c,/' studio.csv >studio_several.csv
several studio_several.csv '{"bad":3,"good":2}' '' --label_column mood
printf 'annotation_id,annotator,id,label,text\n7,1,1,"[{""start"":0,""end"":1,""text"":""a"",""labels"":[""X""]}]",a b c\n8,1,2,"[{""start"":0,""end"":1,""text"":""d"",""labels"":[""X""]}]",d e f\n' >studio_spans.csv
refused studio_spans.csv 1 '--task ner' --task classify

# a workbook; its second sheet; what is none
cp "$here/tests/fuzz/corpus/xlsx/deflated" book.xlsx
run 0 inspect book.xlsx --json
has out '"format":"xlsx","encoding":"utf-8","rows":2,"columns":["text","label","n"]'
run 0 inspect book.xlsx --rows
has out '{"text":"warm, \"bread\" é\nx","label":"good","n":"1.5"}'
has out '"label":"TRUE"'
run 0 inspect 'book.xlsx#B & C' --json
has out '"columns":['
run 1 inspect 'book.xlsx#None'
has err 'no sheet "None"; the sheets are: First, B & C'
head -c 900 book.xlsx >cut.xlsx
run 1 inspect cut.xlsx
cp book.xlsx book.dat
run 1 inspect book.dat
has err "an Excel workbook"
printf 'PK\003\004..mimetypeapplication/vnd.oasis.opendocument.spreadsheet..' >book.ods
run 1 inspect book.ods
has err "an OpenDocument spreadsheet"
printf 'PK\003\004..word/document.xml' >letter.docx
run 1 inspect letter.docx
has err "a Word document"

# a sheet is data like a file: opened, relabelled, trained on with the edits, resumed, told when it changed
cp "$here/tests/fuzz/corpus/xlsx/sheets" mails.xlsx
sheet='mails.xlsx#Mails May'
export XDG_STATE_HOME=$tmp/state XDG_CONFIG_HOME=$tmp/state
# ui ARGS..: drives the workbench by the script from stdin
ui() {
    cat >script
    "$fettle" ui "$@" --script script >"$tmp/out" 2>"$tmp/err" </dev/null && return
    echo "FAILED: fettle ui $*"
    cat "$tmp/out" "$tmp/err"
    failed=1
}
printf ':size 100 30\n:wait data\nexpect 18 rows\n:relabel 2 good\n:wait data\n' | ui --open "$sheet"
grep -q '"row":2,.*"new":"good"' "$sheet.edits.jsonl" || { echo "FAILED: no edits of a sheet"; failed=1; }
# beside the data nothing can be written: in the state folder, by the workbook's real path, so that
# two workbooks of one name in two folders do not share edits
rm -f "$sheet.edits.jsonl"
mkdir one two && cp mails.xlsx one/ && cp mails.xlsx two/
for folder in one two; do mkdir "$folder/$sheet.edits.jsonl"; done
(cd one && printf ':wait data\n:relabel 2 good\n:wait data\n' | ui --open "$sheet")
(cd two && printf ':wait data\n:relabel 4 good\n:wait data\n' | ui --open "$sheet")
[ "$(find state -name '*.jsonl' | wc -l)" = 2 ] || { echo "FAILED: two sheets, not two files of edits"; failed=1; }
(cd one && printf ':open %s\n:wait data\nexpect 18 rows\nexpect label edits read from\n' "$sheet" | ui)
edits=$(grep -l '"row":4' state/fettle/edits/*.jsonl)
# shellcheck disable=SC2086
run 0 train --data "$sheet" --edits "$edits" $T --output_dir sheet --save_strategy steps --save_steps 1
has err '1 label edit applied, 0 skipped'
grep -q "$(sha256sum <mails.xlsx | cut -c1-64)" sheet/run.json || { echo "FAILED: sha256 of a workbook"; failed=1; }
run 0 train --resume sheet --max_steps 2
cp mails.xlsx kept.xlsx
printf x >>mails.xlsx
run 1 train --resume sheet --max_steps 3
has err "$sheet: has changed since sheet was started"
rm mails.xlsx
run 1 train --resume sheet --max_steps 3
has err "$sheet: no such file"
run 0 train --resume sheet --max_steps 3 --data 'kept.xlsx#Mails May'
rm -rf sheet one two

# a folder with a file for each part; a folder of other files is none
mkdir folder mixed
printf 'text,label\na,good\nb,bad\n' | tee folder/train.csv mixed/a.csv >mixed/b.csv
printf '{"label":"bad","text":"c"}\n{"label":"good","text":"d"}\n' >folder/dev.jsonl
echo notes >mixed/readme.txt
labels folder "$two"
run 1 inspect mixed
has err "a folder of data files (a.csv, b.csv)"

# ---- data of other tasks ----
printf '{"text":"a","labels":["x","y"]}\n{"text":"b","labels":["x"]}\n{"text":"c","labels":[]}\n' >several.jsonl
refused several.jsonl 1 "several labels in 1 row (first: row 1): use --problem_type multi_label" \
    --problem_type single_label_classification
several several.jsonl '{"x":2,"y":1}' ''
printf '__label__a __label__b one\n__label__a two\n' >several.txt
several several.txt '{"a":2,"b":1}' ''
printf 'text,tags\na,"['"'x', 'y'"']"\nb,"['"'x'"']"\n' >python.csv
several python.csv '{"x":2,"y":1}' ''
printf 'text,label\na,0.25\nb,0.75\nc,1\n' >fractions.csv
refused fractions.csv 1 "fractions" --problem_type single_label_classification
printf 'id,comment,rude,loud\n1,a b,0,1\n2,b c,1,0\n3,c d,0,0\n4,d e,1,1\n5,e f,0,1\n6,f g,1,1\n' >flags.csv
refused flags.csv 2 "rude, loud" --problem_type single_label_classification
several flags.csv '{"loud":4,"rude":3}' ''
several flags.csv '{"loud":4,"rude":3}' '' --label_column rude,loud
# shellcheck disable=SC2086
run 0 train --data flags.csv $T --label_column loud
rm -rf o
printf 'The O\nferry O\nRiga B-LOC\n\nAna B-PER\nwaited O\n' >tags.txt
refused tags.txt 1 "--task ner" --task classify
run 0 inspect tags.txt --json
has out '"format":"conll"'
printf '{"tokens":["a","b"],"ner_tags":["O","B-X"]}\n{"tokens":["c"],"ner_tags":["O"]}\n' >tags.jsonl
refused tags.jsonl 1 "--task ner" --task classify
printf '{"text":"a b","label":[[0,1,"X"]]}\n{"text":"c","label":[]}\n' >spans.jsonl
refused spans.jsonl 1 "--task ner" --task classify
printf '{"text":"a b","entities":[{"start":0,"end":1,"label":"X"}]}\n{"text":"c d","entities":[]}\n' >entities.jsonl
refused entities.jsonl 1 "--task ner" --task classify
for i in 1 2 3 4; do printf '{"instruction":"say %s","input":"","output":"the answer is %s"}\n' $i $i; done >orders.jsonl
refused orders.jsonl 2 "--task clm"
run 0 train --data orders.jsonl --model "$nets/gpt2-clm/model" --task clm --output_dir orders --max_steps 1 \
    --block_size 8 --threads 1
has err "the text is the columns instruction, input, output"

# ---- files that are not what their names say ----
printf 'text,label\na b c,good\nd e,bad\nf g,good\nh i,bad\n' >table.txt
printf 'good\ta b, c\nbad\td e\ngood\tf g\nbad\th i\n' >tabs.txt
printf '{"text":"a","label":"good"}\n{"text":"b","label":"bad"}\n{"text":"c","label":"good"}\n{"text":"d","label":"bad"}\n' >lines.csv
printf '[\n {"text":"a","label":"good"},\n {"text":"b","label":"bad"},\n {"text":"c","label":"good"},\n {"text":"d","label":"bad"}\n]\n' >array.jsonl
tr -d '\n' <array.jsonl >line.jsonl
for file in table.txt tabs.txt lines.csv array.jsonl line.jsonl; do
    labels "$file" "$two"
done
printf 'One, two\nand three, four.\nFive, six, seven\n' >prose.txt
run 0 inspect prose.txt --json
has out '"format":"text","encoding":"utf-8","rows":3'
run 0 inspect tabs.txt --delimiter none --json
has out '"format":"text"'
printf '<!DOCTYPE html>\n<html><body>Sign in</body></html>\n' >page.csv
printf '<?xml version="1.0"?>\n<rows><row>a</row></rows>\n' >rows.txt
printf -- '- text: a\n  label: b\n' >rows.yaml
refused page.csv 1 'a web page'
refused rows.txt 1 'XML'
refused rows.yaml 1 'YAML'

# ---- quotes ----
printf '"text", "label"\n"a, b", "good"\n"c, d", "bad"\n"e", "good"\n"f", "bad"\n' >blanks.csv
labels blanks.csv "$two"
printf 'text,label\n"a \\"b\\", c",good\n"d, e",bad\n"\\"f\\" \\\\",good\ng,bad\n' >slashes.csv
labels slashes.csv "$two"
run 0 inspect slashes.csv --rows
has out '{"text":"a \"b\", c","label":"good"}'

# ---- numbers that are no classes, with gaps ----
for x in n/a inf oops; do
    { echo text,score; for i in 1 2 3 4 5 6 7 8 9; do echo "row $i,0.$i"; done; echo "row,$x"; } >gap.csv
    refused gap.csv 1 'fractions' --problem_type single_label_classification
done
printf 'text,score\na,$3.50\nb,$4.25\nc,$3.50\nd,$10.00\n' >money.csv
refused money.csv 1 'fractions' --problem_type single_label_classification
printf 'text,score\na,7.5%%\nb,2.5%%\nc,7.5%%\nd,10.0%%\n' >shares.csv
refused shares.csv 1 'fractions' --problem_type single_label_classification
# an empty list is no label of its own
printf '{"text":"a","label":["good"]}\n{"text":"b","label":["bad"]}\n{"text":"c","label":[]}\n' >none.jsonl
labels none.jsonl '{"bad":1,"good":1}'
has out '"kind":"no_label"'

# ---- labels that are probably not meant ----
printf 'text,label\na,1\nb,0\nc,1.0\nd,0.0\n' >floats.csv
labels floats.csv '{"0":2,"1":2}'
has out 'read as 1'
printf 'text,label\na,True\nb,TRUE\nc,no\nd,No \ne,NaN\nf,none\ng,x y\nh,X  Y\n' >odd.csv
run 0 inspect odd.csv --json
has out 'differ only in capital letters'
has out '\"NaN\" looks like a missing value'
has out '\"none\" looks like a missing value'
has out 'spaces around the label'
printf 'text,label\na,x|y\nb,x\nc,y\nd,y|x\n' >joined.csv
several joined.csv '{"x":3,"y":3}' '|'
printf 'text,label\na,1\nb,0\nc,1\nd,0\n' >ints.csv
printf 'text,label\na,1.0\nb,0.0\n' >vals.csv
# shellcheck disable=SC2086
run 0 train --data ints.csv --validation vals.csv $T
has err 'read as 1'
rm -rf o
run 0 eval --model "$nets/bert-classify/model" --data ints.csv --json --output_dir scored
has err "ids of the model's labels (0 = account, 1 = building)"
has out '"labels":["account","building","event","loan"]'
[ "$(wc -l <scored/predictions.jsonl)" = 4 ] || { echo "FAILED: predictions.jsonl of eval"; failed=1; }
printf '{"1":2,"0":1,"tow":1}' >weights.json
# shellcheck disable=SC2086
run 1 train --data ints.csv $T --class_weights weights.json
has err '"tow" is not a label'
rm -rf o

# repeats are counted as dedup drops them, also between rows of the same text with another label
printf 'text,label\na,x\na,y\na,x\na,y\nb,x\nc,y\n' >repeats.csv
run 0 inspect repeats.csv
has out '2 exact duplicates'
# shellcheck disable=SC2086
run 0 train --data repeats.csv $T --clean dedup
has err '2 rows excluded: exact duplicate'
rm -rf o

# ---- the other columns of a predicted file ----
printf 'ticket,text,label\nA17,a film,x\nB22,b film,y\n' >tickets.csv
run 0 predict --model "$nets/bert-classify/model" --input tickets.csv --output p.csv
grep -q '^row,text,label,score,ticket,data_label$' p.csv && grep -q ',A17,x$' p.csv ||
    { echo "FAILED: p.csv:"; cat p.csv; failed=1; }
run 0 predict --model "$nets/bert-classify/model" --input tickets.csv --output p.jsonl
grep -q '"ticket":"B22","data_label":"y"}$' p.jsonl || { echo "FAILED: p.jsonl:"; cat p.jsonl; failed=1; }

# a name that is taken twice; predictions over their own input
printf 'text,label,data_label\na film,x,y\n' >names.csv
run 0 predict --model "$nets/bert-classify/model" --input names.csv --output p.csv
grep -q '^row,text,label,score,data_label_2,data_label$' p.csv || { echo "FAILED: names:"; cat p.csv; failed=1; }
cp names.csv kept.csv
ln -s names.csv link.csv
for out in names.csv ./names.csv link.csv; do
    run 2 predict --model "$nets/bert-classify/model" --input names.csv --output "$out"
    has err 'is the input file'
    cmp -s names.csv kept.csv || { echo "FAILED: $out: the input was changed"; failed=1; }
done
printf '{"x":0,"y":0}' >zero.json
printf 'text,label\na,x\nb,y\n' >xy.csv
refused xy.csv 1 'all weights are 0' --class_weights zero.json

# ---- labels and rows that are probably not meant, read and reported ----
# reported FILE TEXT: inspect and train say it; unreported FILE TEXT: neither does
reported() {
    run 0 inspect "$1"
    has out "$2"
}
unreported() {
    run 0 inspect "$1"
    ! grep -qF "$2" "$tmp/out" || { echo "FAILED: $1: is reported: $2"; failed=1; }
}
rows() { for i in $(seq 1 "$1"); do printf "$2" "$i" "$3"; done; }
{ echo text,label; rows 9 'number %d of it,%s\n' 'good;fast'; rows 9 'no %d of it,%s\n' 'bad;slow'; } >joined.csv
reported joined.csv 'several labels in a cell'
{ echo text,label; rows 9 'number %d of it,%s\n' '"Paris, France"'; rows 9 'no %d of it,%s\n' '"Oslo, Norway"'; } >towns.csv
unreported towns.csv 'several labels in a cell'
{ echo text,label; for i in $(seq 0 7 100); do echo "number $i of it,$i"; done; } >amounts.csv
reported amounts.csv '15 whole numbers from 0 to 98 as labels'
{ echo text,label; for i in $(seq 0 15); do echo "number $i of it,$i"; done; } >ids.csv
unreported ids.csv 'whole numbers from'
{ echo text,label; for i in $(seq 1 5); do echo "number $i of it,$i"; done; } >stars.csv
unreported stars.csv 'whole numbers from'
for i in 1 2 3; do echo "{\"prompt\":\"ask $i\",\"chosen\":\"good $i\",\"rejected\":\"bad $i\"}"; done >dpo.jsonl
reported dpo.jsonl 'preference training (DPO), which is not supported; --task clm --text_column chosen'
printf 'apple,red\npear,green\nplum,blue\ncorn,pink\nnut,gold\n' >words.csv
reported words.csv 'the first row may be a row of data, it is read as the header; --header false'
run 0 inspect words.csv --header false --json
has out '"rows":5'
printf 'text,label\nred apple,x\ngreen pear,y\nblue plum,x\n' >named.csv
unreported named.csv 'may be a row of data'

# ---- questions ----
printf '{"data":[{"paragraphs":[{"context":"一二三四五","qas":[{"id":"1","question":"q","answers":[{"text":"二三四","answer_start":1}]}]}]}]}' >zh.json
printf '{"1":"二三"}' >said.json
run 0 eval --predictions said.json --data zh.json --json
has out '"exact":0,"f1":0,"f1_char":80,"total":1'
printf '{"data":[{"paragraphs":[{"context":"c d e f","qas":[{"id":"1","question":"q","answers":[{"text":"c d e","answer_start":0}]}]}]}]}' >long.json
run 0 train --data long.json --model "$nets/bert-qa/model" --task qa --split 1,0,0 --max_seq_length 32 --doc_stride 8 \
    --max_steps 1 --threads 1 --output_dir long --max_answer_length 1
has err "train split: 1 of 1 answer longer than max_answer_length"

# ---- Prodigy's decisions about one label: two classes; about several, rejected rows are none ----
for i in 1 2 3 4 5 6; do
    printf '{"text":"good news %s","label":"SPAM","answer":"reject"}\n{"text":"buy it now %s","label":"SPAM","answer":"accept"}\n' $i $i
done >binary.jsonl
printf '{"text":"what is this","label":"SPAM","answer":"ignore"}\n' >>binary.jsonl
run 0 inspect binary.jsonl --json
has out '"labels":{"SPAM":6,"not SPAM":6}'
run 0 train --data binary.jsonl --model "$nets/bert-classify/model" --max_steps 1 --threads 1 --max_seq_length 32 \
    --split 1,0,0 --output_dir binary
has err "6 rows that the annotator rejected (Prodigy) for the only label"
has err "1 row excluded: rejected or ignored by the annotator (Prodigy)"
tr -d ' \n' <binary/model/config.json | grep -q '"id2label":{"0":"SPAM","1":"notSPAM"}' ||
    { echo "FAILED: labels of binary decisions"; failed=1; }
run 0 eval --model binary --data binary.jsonl --json
has out '"examples":12,'
printf '{"text":"a","label":"HAM","answer":"accept"}\n{"text":"b","label":"HAM","answer":"accept"}\n' | cat binary.jsonl - >two.jsonl
run 0 inspect two.jsonl --json
has out '"labels":{"HAM":2,"SPAM":6}'

# ---- a folder with the SQuAD files of splits, a folder with one data file ----
mkdir squad only
cp long.json squad/train-v1.1.json
cp zh.json squad/dev-v1.1.json
run 0 train --data squad --model "$nets/bert-qa/model" --max_seq_length 32 --doc_stride 8 --max_steps 1 --threads 1 \
    --eval_strategy no --save_strategy no --output_dir from-folder
has err "squad: a folder: data is train-v1.1.json"
has err "squad: a folder: validation is dev-v1.1.json"
grep -q '"task": *"qa"' from-folder/run.json || { echo "FAILED: the folder's task"; failed=1; }
run 0 inspect squad --json
has out '"format":"squad"'
cp long.json squad/train-v2.0.json
run 1 train --data squad --model "$nets/bert-qa/model" --output_dir o
has err "several files for one split (dev-v1.1.json, train-v1.1.json, train-v2.0.json)"
printf 'text,label\na b,x\nc d,y\ne f,x\n' >only/mine.csv
echo "not data" >only/SOURCE.txt
run 0 inspect only --json
has out '"format":"csv"'
run 0 baseline --data only --split 1,0,0
has err "only: a folder: data is mine.csv"
printf ':wait data\nexpect mine.csv\n:open squad2\n:wait data\nexpect train-v1.1.json\n' >open.txt
mkdir squad2
cp squad/train-v1.1.json squad/dev-v1.1.json squad2
XDG_STATE_HOME=$tmp/state run 0 ui --size 80x24 --script open.txt --open only
finish
