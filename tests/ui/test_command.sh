# "This run as a command": what Tune shows is pasted into a shell, in a copy of the folder, and makes the
# same model as T, byte for byte: its folder, label edits, forks, and names that a shell would take apart.
. tests/cli/lib.sh
here=$PWD
export XDG_STATE_HOME=$tmp/state XDG_CONFIG_HOME=$tmp/state
mkdir "$tmp/bin" && ln -s "$fettle" "$tmp/bin/fettle"
PATH=$tmp/bin:$PATH

# drive FOLDER SCRIPT ARGS..
drive() {
    local folder=$1 script=$2
    shift 2
    printf '%s' "$script" >"$tmp/script"
    (cd "$folder" && "$fettle" ui "$@" --script "$tmp/script" >"$tmp/out" 2>"$tmp/err" </dev/null) && return
    echo "FAILED: $folder $*"
    sed 's/^/    /' "$tmp/out" "$tmp/err"
    failed=1
}
# shown FILE: the command on a dumped screen
shown() { sed -n '/^ fettle train/,/^ *$/p' "$1" | sed 's/^ *//; s/ *$//' | tr '\n' ' '; }
# same A B
same() {
    cmp "$1/model/model.safetensors" "$2/model/model.safetensors" && return
    echo "FAILED: the pasted command made another model than T: $3"
    failed=1
}
# pasted NAME ARGS..: T in one folder, the command it shows in another
pasted() {
    local data=$1 script command
    shift
    rm -rf "$tmp/t" "$tmp/p"
    mkdir "$tmp/t" "$tmp/p"
    printf 'text,label\n' >"$tmp/t/$data"
    for i in 1 2 3 4 5 6 7 8 9; do printf 'warm bread %d,good\ncold soup %d,bad\n' $i $i >>"$tmp/t/$data"; done
    cp -- "$tmp/t/$data" "$tmp/p/" # edits name the folder of the state, not this one
    script=":size 200 40
:wait data
:relabel 2 good
:set max_steps 4
:set save_strategy steps
:set save_steps 2
:set eval_strategy no
:set threads 1
key 3 c
:dump command.txt
key Esc
:train
:wait ended
:fork 2
:set learning_rate 2e-3
key 3 Esc c
:dump fork.txt
key Esc
:train
:wait ended
"
    drive "$tmp/t" "$script" --open "$data" --model starter
    for screen in command.txt fork.txt; do
        command=$(shown "$tmp/t/$screen")
        (cd "$tmp/p" && sh -c "$command" >"$tmp/out" 2>&1) && continue
        echo "FAILED: pasted: $command"
        sed 's/^/    /' "$tmp/out"
        failed=1
    done
    shown "$tmp/t/command.txt" | grep -q -e '--edits' || { echo "FAILED: the command has no --edits"; failed=1; }
    shown "$tmp/t/fork.txt" | grep -q -e '--fork' || { echo "FAILED: the command has no --fork"; failed=1; }
    for run in "$tmp"/t/runs/*; do
        same "$run" "$tmp/p/runs/${run##*/}" "$data"
    done
    set -- "$tmp"/t/runs/* && [ $# = 2 ] || { echo "FAILED: expected two runs of $data:" "$tmp"/t/runs/*; failed=1; }
}
pasted mail.csv
pasted "it's  a \"naïve\" \$HOME \\ 'test'.csv"
pasted '-dash.csv'
pasted "$(printf 'new\nline 50%%.csv')"
pasted "$(printf 'bell\007 \303\251.csv')"
finish
