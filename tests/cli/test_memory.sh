# One allocation fails, each in turn: the same answer, or exit 1 with a line that says memory.
. tests/cli/lib.sh
${CC:-cc} -shared -fPIC -O1 -o "$tmp/fail.so" tests/cli/fail_malloc.c 2>"$tmp/err" || {
    echo "no preload library can be built here; skipped"
    exit 0
}
if LD_PRELOAD="$tmp/fail.so" "$fettle" --version >/dev/null 2>&1; then :; else
    echo "the program cannot be preloaded (sanitizers); skipped"
    exit 0
fi
# each FROM STEP TO ARGS..
each() {
    local n rc from=$1 step=$2 to=$3
    shift 3
    "$fettle" "$@" >"$tmp/whole" 2>/dev/null </dev/null
    for ((n = from; n <= to; n += step)); do
        rc=0
        FAIL_AT=$n LD_PRELOAD="$tmp/fail.so" "$fettle" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null || rc=$?
        [ $rc = 0 ] && cmp -s "$tmp/out" "$tmp/whole" && continue
        [ $rc = 1 ] && grep -qi memory "$tmp/err" && continue
        echo "FAILED: fettle $1 with allocation $n failing: exit $rc: $(tail -n 1 "$tmp/err")"
        failed=1
    done
}
net=tests/reference/nets/bert-classify
each 1 3 220 inspect $net/model --json
each 2 7 400 predict --model $net/model --text "a fine day" --threads 1 --json
each 2 7 300 inspect $net/train.csv --json
each 1 5 160 inspect tests/reference/pytorch/zip.bin --json
each 3 11 300 tokenize --model $net/model $net/train.csv
# a limit on addresses that is too low for the libraries ends in a line, not in a hang
for kb in 120000 200000 280000; do
    rc=0
    (ulimit -v $kb; timeout 20 "$fettle" --version) >"$tmp/out" 2>"$tmp/err" </dev/null || rc=$?
    [ $rc = 0 ] || { [ $rc = 1 ] && grep -qi memory "$tmp/err"; } ||
        { echo "FAILED: ulimit -v $kb: exit $rc: $(tail -n 1 "$tmp/err")"; failed=1; }
done
finish
