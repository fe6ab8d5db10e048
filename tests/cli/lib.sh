# Helpers of the command line's tests: source it. $FETTLE is the program.
set -u
fettle=${FETTLE:?set FETTLE to the program}
export FETTLE_ASSETS=$PWD/tests/assets # its model "starter" is small and has random weights
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0

# run STATUS ARGS..: runs fettle, keeps $tmp/out and $tmp/err, checks the exit status
run() {
    local want=$1 rc=0
    shift
    "$fettle" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null || rc=$?
    [ "$rc" = "$want" ] && return
    echo "FAILED: fettle $*: exit $rc, expected $want"
    sed 's/^/    /' "$tmp/err"
    failed=1
}
# has out|err TEXT: the text is there
has() {
    grep -qF -e "$2" "$tmp/$1" && return
    echo "FAILED: std$1 has no \`$2\`:"
    head -c 2000 "$tmp/$1" | sed 's/^/    /'
    failed=1
}
finish() {
    [ $failed = 0 ] && echo "passed"
    exit $failed
}
