# `fettle export --data`: data with label edits, in its own format. Nothing else in the file changes.
. tests/cli/lib.sh

case $fettle in /*) ;; *) fettle=$PWD/$fettle ;; esac
cd "$tmp" || exit 1

# edit ROW TEXT OLD NEW: one line of label edits; OLD and NEW are JSON
edit() {
    printf '{"row":%s,"sha256":"%s","old":%s,"new":%s}\n' "$1" "$(printf '%s' "$2" | sha256sum | cut -c1-64)" "$3" "$4"
}
# same FILE EXPECTED
same() {
    cmp -s "$1" "$2" && return
    echo "FAILED: $1:"
    diff "$2" "$1"
    failed=1
}
{ edit 1 'a, "b"' '"good"' '"bad"'; edit 3 e '"good"' null; edit 2 other '"bad"' '"good"'; } >edits.jsonl

printf '\xef\xbb\xbftext,label,n\r\n"a, ""b""",good,1\r\nc d,bad,"2"\r\ne,good,3\r\nf,bad,4\r\n' >a.csv
printf '\xef\xbb\xbftext,label,n\r\n"a, ""b""",bad,1\r\nc d,bad,"2"\r\nf,bad,4\r\n' >expected
run 0 export --data a.csv --edits edits.jsonl --output b.csv
has err 'b.csv: 1 row changed, 1 removed, of 4'
has err '1 label edit was not applied'
same b.csv expected
printf '{"n": 1, "text": "a, \\"b\\"", "label": ["good"]}\n{"text":"c d","label":["bad"]}\n{"text":"e","label":["good"]}\n{"text":"f","label":["bad"]}\n' >a.jsonl
printf '{"n": 1, "text": "a, \\"b\\"", "label": ["bad"]}\n{"text":"c d","label":["bad"]}\n{"text":"f","label":["bad"]}\n' >expected
run 0 export --data a.jsonl --edits edits.jsonl --output b.jsonl
same b.jsonl expected
gzip -k a.jsonl
run 0 export --data a.jsonl.gz --edits edits.jsonl --output c.jsonl
same c.jsonl expected
# without edits: the file as it is
run 0 export --data a.jsonl --output d.jsonl
same d.jsonl a.jsonl
# another encoding becomes UTF-8, which is told
printf 'text,label\ncaf\xe9,x\nb,y\nc,x\nd,y\n' >latin.csv
run 0 export --data latin.csv --output utf8.csv
has err 'windows-1252'
printf 'text,label\ncaf\xc3\xa9,x\nb,y\nc,x\nd,y\n' >expected
same utf8.csv expected

# tags of words, spans
edit 1 "Ann is" '"[\"B-PER\",\"O\"]"' '"[\"O\",\"B-X\"]"' >tags.jsonl
printf 'Ann NN B-PER\nis VB O\n\nRiga NN B-LOC\n' >tags.conll
printf 'Ann NN O\nis VB B-X\n\nRiga NN B-LOC\n' >expected
run 0 export --data tags.conll --edits tags.jsonl --output t.conll
has err 't.conll: 1 row changed'
same t.conll expected
printf '{"id": 1, "text": "Ann is", "label": [[0, 3, "PER"]]}\n{"text": "b", "label": []}\n' >spans.jsonl
printf '{"id": 1, "text": "Ann is", "label": [[4, 6, "X"]]}\n{"text": "b", "label": []}\n' >expected
run 0 export --data spans.jsonl --edits tags.jsonl --model starter --output s.jsonl
same s.jsonl expected

# what is refused leaves nothing
run 2 export --data a.csv --edits edits.jsonl --output ./a.csv
has err 'is the data file, which is never written'
ln -s a.csv link.csv
run 2 export --data a.csv --edits edits.jsonl --output link.csv
run 2 export --data a.csv --output x.csv.gz
has err 'choose a name without .gz'
run 1 export --data none.csv --output x.csv
run 2 export --data a.csv --format hf --output x.csv
run 2 export --data a.csv
mkdir folder && cp a.csv folder/train.csv && cp a.csv folder/test.csv
run 1 export --data folder --output x.csv
has err 'a folder is not written in its own format'
printf '{"data":[{"paragraphs":[{"context":"c","qas":[]}]}]}' >q.json
run 1 export --data q.json --output x.json
printf '__label__good a, "b"\n__label__bad c d\n' >fast.txt
edit 1 'a, "b"' '"good"' '"two words"' >blank.jsonl
run 2 export --data fast.txt --edits blank.jsonl --output x.txt
has err 'row 1: labels of fastText cannot be empty or have blanks'
[ ! -e x.csv ] && [ ! -e x.csv.gz ] && [ ! -e x.json ] && [ ! -e x.txt ] || { echo "FAILED: left a file behind"; failed=1; }

# the workbench writes the same
export XDG_STATE_HOME=$tmp/state XDG_CONFIG_HOME=$tmp/config
printf 'text,label\n"a ""b""",good\nc d,bad\ne,good\nf,bad\n' >ui.csv
printf 'text,label\n"a ""b""",bad\nc d,bad\nf,bad\n' >expected
printf ':wait data\n:relabel 1 bad\n:drop 3\n:wait data\n:corrected ui_new.csv\nexpect 1 row changed, 1 removed\n' >script
"$fettle" ui --open ui.csv --script script >out_ui 2>&1 </dev/null || { echo "FAILED: ui"; cat out_ui; failed=1; }
same ui_new.csv expected
printf ':wait data\n:corrected ui.csv\nkey y\nexpect is the data file\n' >script
"$fettle" ui --open ui.csv --script script >out_ui 2>&1 </dev/null || { echo "FAILED: ui over its data"; cat out_ui; failed=1; }
run 0 help export
has out 'export --data F'
finish
