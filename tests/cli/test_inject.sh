# The n-th write, sync, rename, .. fails, or memory runs out: the command ends with one line or does
# what it was asked to, nothing incomplete is left, and a run resumes with identical results.
# A seeded sample; INJECT_EVERY=KIND|all tries every n (docs/RELIABILITY.md).
. tests/cli/lib.sh
. tests/cli/inject_lib.sh

kinds=${INJECT_KINDS:-write sync rename readdir open read unlink mkdir truncate malloc}
tried=0 failures=0

# shellcheck disable=SC2086 # the options are words
run 0 train $options --output_dir whole
# shellcheck disable=SC2086
INJECT_COUNT=$tmp/counts LD_PRELOAD=$so "$fettle" train $options --output_dir kept >o 2>e </dev/null
rm -r kept
n=$(sed -n 's/^sync //p' counts)
# shellcheck disable=SC2086
INJECT_KILL=sync:$((n / 2)) LD_PRELOAD=$so "$fettle" train $options --output_dir kept >o 2>e </dev/null
ls -d kept/checkpoint-* >o || { echo "FAILED: no run that was killed"; failed=1; }
run 0 predict --model whole --input data.csv --output want.csv
run 0 export --model whole --output want
run 0 create --from whole --keep_tokens_of data.csv --keep_layers 0 --dtype bf16 --output smaller
[ $failed = 0 ] || finish

# What is tried: a beginning, the command with its fault, what must hold afterwards.
prepare() {
    rm -rf r answers.csv exported made
    [ "$1" != resume ] || cp -r kept r
}
command_of() {
    case $1 in
    train) echo "train $options --output_dir r" ;;
    resume) echo "train --resume r" ;;
    predict) echo "predict --model whole --input data.csv --output answers.csv" ;;
    export) echo "export --model whole --output exported" ;;
    create) echo "create --from whole --keep_tokens_of data.csv --keep_layers 0 --dtype bf16 --output made" ;;
    esac
}
afterwards() { # SCENARIO STATUS KIND
    case $1 in
    train | resume)
        if [ "$2" = 0 ]; then
            grep -q '"state": "done"' r/run.json || { echo "FAILED: $what: not done"; failed=1; }
        elif [ -e r/run.json ]; then
            run 0 train --resume r
        else
            # shellcheck disable=SC2086
            run 0 train $options --output_dir r
        fi
        [ -e r/run.json ] && same_run r whole
        ;;
    predict)
        if [ "$2" = 0 ]; then cmp -s answers.csv want.csv; else [ ! -e answers.csv ]; fi ||
            { echo "FAILED: $what: answers.csv"; failed=1; }
        ;;
    export)
        # without memory it may end after its last step, as if it was killed there
        if [ "$2" = 0 ] || { [ "$3" = malloc ] && [ -e exported ]; }; then
            diff -r exported want >/dev/null
        else [ ! -e exported ]; fi || { echo "FAILED: $what: exported"; failed=1; }
        ;;
    create)
        if [ "$2" = 0 ] || { [ "$3" = malloc ] && [ -e made ]; }; then
            diff -r made smaller >/dev/null
        else [ ! -e made ]; fi || { echo "FAILED: $what: made"; failed=1; }
        ;;
    esac
    # Without memory the process ends at once, as if it was killed: the next export clears what is left.
    if [ "$3" = malloc ] && [ "$2" != 0 ]; then
        case $1 in
        predict) rm -f answers.csv.tmp.* ;;
        export) [ -e exported ] || run 0 export --model whole --output exported ;;
        create)
            # shellcheck disable=SC2046
            [ -e made ] || run 0 $(command_of create)
            ;;
        esac
    fi
    left=$(find . -maxdepth 2 -path ./kept -prune -o -name '*.tmp[.-][0-9]*' -print)
    [ -n "$left" ] || return
    echo "FAILED: $what: left: $left"
    rm -rf $left
    failed=1
}
# fault SCENARIO KIND N ERRNO
fault() {
    what="$1: $2 $3 fails with $4"
    prepare "$1"
    local rc=0
    # shellcheck disable=SC2046
    INJECT=$2:$3:$4 LD_PRELOAD=$so "$fettle" $(command_of "$1") >o 2>e </dev/null || rc=$?
    tried=$((tried + 1))
    [ $rc = 0 ] || failures=$((failures + 1))
    if [ $rc != 0 ] && [ $rc != 1 ]; then
        echo "FAILED: $what: exit $rc"
        tail -n 3 e
        failed=1
    elif [ $rc = 1 ] && [ "$(grep -cE '^error: |^libgomp: Out of memory' e)" != 1 ]; then
        echo "FAILED: $what: not one error line"
        tail -n 3 e
        failed=1
    fi
    afterwards "$1" $rc "$2"
}
for scenario in ${INJECT_SCENARIOS:-train resume predict export create}; do
    prepare "$scenario"
    # shellcheck disable=SC2046
    INJECT_COUNT=counts LD_PRELOAD=$so "$fettle" $(command_of "$scenario") >o 2>e </dev/null ||
        { echo "FAILED: $scenario without a fault"; cat e; failed=1; }
    for kind in $kinds; do
        n=$(sed -n "s/^$kind //p" counts)
        case $kind in
        write) number=28 ;; # ENOSPC
        malloc) number=12 ;;
        *) number=5 ;;
        esac
        [ "${n:-0}" != 0 ] || continue
        if [ "${INJECT_EVERY:-}" = "$kind" ] || [ "${INJECT_EVERY:-}" = all ]; then
            echo "$scenario: $n calls of $kind"
            for ((k = 1; k <= n; k += ${INJECT_STRIDE:-1})); do fault "$scenario" "$kind" $k $number; done
        elif [ -z "${INJECT_EVERY:-}" ]; then
            random_below "$n"
            fault "$scenario" "$kind" $((r + 1)) $number
        fi
    done
done
echo "$tried faults, $failures commands failed"
finish
