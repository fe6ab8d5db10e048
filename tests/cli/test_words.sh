# Commands, flags and exit statuses.
. tests/cli/lib.sh

run 0 --version
has out "fettle 0."
run 0 help
run 0 help help
has out "fettle help [COMMAND]"
run 0 help --help
run 2 hlep
has err "did you mean help"
run 2 help nothing
has err "hint: fettle help help"
run 2 help one two
has err "too much"
run 2 help --jsn
has err "no option --jsn"
for c in pull; do
    run 1 $c --format hf x
    has err "not in this version"
    [ "$(wc -l <"$tmp/err")" = 1 ] || { echo "FAILED: $c: more than one line"; failed=1; }
done
if [ -e /dev/full ]; then
    "$fettle" help >/dev/full 2>"$tmp/err" && { echo "FAILED: a full disk is not said"; failed=1; }
    has err "stdout"
fi
finish
