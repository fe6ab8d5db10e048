# Near duplicates: leaks between splits, labels in conflict, duplicates within a split; what is written; the same
# for any number of threads; nothing is trained unless --folds is given; what cannot be compared.
. tests/cli/lib.sh
net=$PWD/tests/reference/nets/bert-classify/model
data=$PWD/assets/data/library-mail.csv

# rows that are alike on purpose, and others; test and validation are files of their own
cat >"$tmp/train.csv" <<'END'
text,label
The radiator in the reading room is cold.,building
My card was stolen and I need another one.,account
"the  radiator in the READING room is cold.",building
May I bring my dog to the poetry evening?,event
The Radiator in the reading room is cold.,account
"  ",event
"",loan
Is the atlas of the moon on the shelf?,loan
END
cat >"$tmp/test.csv" <<'END'
text,label
Is the atlas of the moon on the shelf?,loan
Somebody left a red umbrella.,building
END
cat >"$tmp/val.csv" <<'END'
text,label
is the atlas of the MOON on the shelf?,event
END
audit() { # STATUS OPTIONS..
    run "$1" audit --data "$tmp/train.csv" --test "$tmp/test.csv" --validation "$tmp/val.csv" --model "$net" \
        --max_seq_length 32 "${@:2}"
}
audit 0 --duplicates 1 --threads 1 --output_dir "$tmp/d" --json
cp "$tmp/out" "$tmp/lines"
cmp "$tmp/d/duplicates.jsonl" "$tmp/lines" || { echo "FAILED: duplicates.jsonl"; failed=1; }
[ "$(ls "$tmp/d")" = duplicates.jsonl ] || { echo "FAILED: more than the list was written"; ls "$tmp/d"; failed=1; }
has err "9 rows compared, threshold 1"
has err "leaks between splits: 2, conflicting labels: 1, duplicates: 1"
sed -E 's/.*"kind":"([a-z]*)","similarity":([0-9.]*),"same_text":([a-z]*),.*"row":([0-9]+),"part":"([a-z]*)".*"other_file":"[^"]*\/([a-z]*).csv","other_source":"[a-z]*","other_row":([0-9]+),"other_part":"([a-z]*)".*"suggestion":"([a-z]*)".*/\1 \2 \3 \4 \5 \6 \7 \8 \9/' \
    "$tmp/lines" >"$tmp/got"
cat >"$tmp/want" <<'END'
leak 1 true 8 train val 1 validation drop
leak 1 true 1 validation test 1 test drop
conflict 1 true 5 train train 1 train relabel
duplicate 1 true 3 train train 1 train drop
END
diff "$tmp/want" "$tmp/got" || { echo "FAILED: the list"; cat "$tmp/lines"; failed=1; }
grep -q '"label":"account",.*"other_label":"building"' "$tmp/lines" || { echo "FAILED: labels"; failed=1; }
# a table for people; other spellings of the option
audit 0 --duplicates=1
has out "leak      1.0000        8 trn loan           Is the atlas of the moon on the shelf?"
has out "                        1 val event          is the atlas of the MOON on the shelf?"
audit 0 --duplicates
has err "threshold 0.95"
# a folder that is not there is made, a list that is there is replaced as a whole
audit 0 --duplicates 1 --output_dir "$tmp/d"
cmp "$tmp/d/duplicates.jsonl" "$tmp/lines" || { echo "FAILED: the second list"; failed=1; }

# the same for any number of threads; more rows, a random split
for threads in 1 2 3; do
    run 0 audit --data "$data" --model "$net" --duplicates 0.97 --max_seq_length 32 --threads $threads \
        --output_dir "$tmp/t$threads"
done
[ -s "$tmp/t1/duplicates.jsonl" ] || { echo "FAILED: nothing is similar"; failed=1; }
for threads in 2 3; do
    cmp "$tmp/t1/duplicates.jsonl" "$tmp/t$threads/duplicates.jsonl" ||
        { echo "FAILED: another list with $threads threads"; failed=1; }
done
# a model that finds everything alike is told of
has err "of all pairs are similar"

# all rows alike: a list as long as the file
{ echo text,label; for i in $(seq 3000); do echo "One and the same text.,a"; done; } >"$tmp/same.csv"
run 0 audit --data "$tmp/same.csv" --model "$net" --duplicates --json
[ "$(wc -l <"$tmp/out")" -lt 6000 ] || { echo "FAILED: the list of 3000 equal rows"; failed=1; }
has err "4,498,500 similar pairs in 1 group"
# one row; no row with a text; bytes that are not UTF-8; no labels; two texts a row
printf 'text,label\nOne row.,a\n' >"$tmp/one.csv"
run 0 audit --data "$tmp/one.csv" --model "$net" --duplicates
has err "1 row compared"
has err "0 similar pairs in 0 groups"
printf 'A line.\na LINE.\n\nAnother one \xff\xfe.\nAnother one \xff\xfe.\n' >"$tmp/lines.txt"
run 0 audit --data "$tmp/lines.txt" --model "$net" --duplicates 1 --split 1,0,0 --json
[ "$(grep -c '"kind":"duplicate"' "$tmp/out")" = 2 ] || { echo "FAILED: lines"; cat "$tmp/out"; failed=1; }
grep -q '"label"' "$tmp/out" && { echo "FAILED: a label without labels"; failed=1; }
printf 'a,b,label\nOne.,Two.,x\nOne.,Three is another text altogether.,x\none.,TWO.,y\n' >"$tmp/pairs.csv"
run 0 audit --data "$tmp/pairs.csv" --model "$net" --text_column a --text_pair_column b --split 1,0,0 --duplicates 1 \
    --json
[ "$(wc -l <"$tmp/out")" = 1 ] || { echo "FAILED: pairs of texts"; cat "$tmp/out"; failed=1; }
has out '"kind":"conflict"'
has out '"text_pair":"TWO."'
has out '"other_text_pair":"Two."'
run 0 audit --data assets/data/harbour-qa.json --model tests/reference/nets/bert-qa/model --duplicates --json

# wrong usage and bad files: one line, nothing written
for bad in 0 1.5 -1 much nan; do
    audit 2 "--duplicates=$bad" --output_dir "$tmp/none"
done
has err "expected a similarity above 0 and at most 1"
audit 2 --duplicates 1 --probabilities tests/reference/audit/1.csv
audit 2 --duplicates 1 --sweep "$tmp/none"
run 2 audit --data "$tmp/train.csv" --duplicates
has err "--model is required"
run 2 audit --model "$net" --duplicates
has err "--data is required"
run 1 audit --data "$tmp/nothing.csv" --model "$net" --duplicates --output_dir "$tmp/none"
run 1 audit --data "$tmp/train.csv" --model "$tmp/nothing" --duplicates --output_dir "$tmp/none"
[ ! -e "$tmp/none" ] || { echo "FAILED: a folder after an error"; failed=1; }
: >"$tmp/file"
run 1 audit --data "$tmp/train.csv" --model "$net" --duplicates --output_dir "$tmp/file"

# a list that cannot be written is printed all the same; the end is notified
mkdir -p "$tmp/taken/duplicates.jsonl"
run 1 audit --data "$tmp/train.csv" --model "$net" --duplicates 1 --output_dir "$tmp/taken"
has err duplicates.jsonl
has out conflict
run 0 audit --data "$tmp/train.csv" --model "$net" --duplicates 1 --notify "touch $tmp/ended"
[ -e "$tmp/ended" ] || { echo "FAILED: --notify"; failed=1; }

# with --folds the labels, too
awk -F, 'NR <= 61' "$data" >"$tmp/some.csv"
run 0 audit --data "$tmp/some.csv" --model "$net" --duplicates 0.99 --folds 2 --max_steps 2 --threads 1 \
    --max_seq_length 32 --output_dir "$tmp/both"
[ -e "$tmp/both/labels.jsonl" ] && [ -e "$tmp/both/duplicates.jsonl" ] || { echo "FAILED: both lists"; failed=1; }
has err "labels are probably wrong"
finish
