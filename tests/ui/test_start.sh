# What the workbench starts with: the data and settings of a run that is named, what is left of them, and
# a run that was stopped.
. tests/cli/lib.sh
export XDG_STATE_HOME=$tmp/state XDG_CONFIG_HOME=$tmp/state
cd "$tmp" || exit 1

# drive SCRIPT ARGS..
drive() {
    printf ':size 120 30\n%s' "$1" >script
    shift
    "$fettle" ui "$@" --script script >out 2>err </dev/null && return
    echo "FAILED: ui $*"
    sed 's/^/    /' script out err
    failed=1
}
rows() {
    echo 'review,verdict,other'
    for i in 1 2 3 4 5 6 7 8 9; do printf 'warm bread %d,good,x\ncold soup %d,bad,y\n' $i $i; done
}
rows >mail.csv
rows >other.csv
train() {
    "$fettle" train --model starter --output_dir "$1" --threads 1 --max_steps 2 --text_column review \
        --label_column verdict --seed 7 --data "$2" >out 2>err </dev/null || { cat err; failed=1; }
}
train runs/first mail.csv

drive ':wait data
expect mail.csv
expect text review
expect label verdict
key 3 d
expect seed
expect 7
' --run runs/first
# what is given wins; columns of another file are not taken
printf 'text,label\na,x\nb,y\nc,x\nd,y\n' >plain.csv
drive ':wait data
expect plain.csv
expect text text
' --run runs/first --open plain.csv
mv mail.csv gone.csv
drive 'expect first: no longer exists: its data mail.csv
key 4
expect first
' --run runs/first
drive 'expect not a run
' --run runs/nowhere
mv gone.csv mail.csv

# nothing was stopped: nothing is offered
drive 'pause 300
reject :resume
'
"$fettle" train --model starter --output_dir runs/yesterday --threads 1 --max_steps 1000000 \
    --eval_strategy no --text_column review --label_column verdict --data mail.csv >out 2>err </dev/null &
pid=$!
for i in $(seq 1 100); do
    grep -q '"step":2' runs/yesterday/metrics.jsonl 2>/dev/null && break
    sleep 0.1
done
kill -TERM $pid
wait $pid
drive ':wait offered
expect runs/yesterday stopped at step
expect of 1,000,000; :resume runs/yesterday continues it
:resume runs/yesterday
:wait running
expect yesterday
key 4 s
expect w save and stop
key d
:wait ended
'
drive ':wait data
:wait offered
expect :resume runs/yesterday
' --open mail.csv --model starter
finish
