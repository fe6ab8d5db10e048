# The power fails at any moment of a run: it is resumed and ends with the same bytes as a run that was
# not interrupted. A sample of the cuts; POWER_CUTS=all tries every one (docs/RELIABILITY.md).
. tests/cli/lib.sh
. tests/cli/inject_lib.sh

# shellcheck disable=SC2086 # the options are words
run 0 train $options --output_dir whole
mkdir work base && cp data.csv work && cp data.csv base

cuts=0 resumed=0
# after CUT SEED: the folder after the cut, and the run from there on
after() {
    what="$traced: cut $1, seed $2"
    rm -rf out
    "$power_cut" trace "$base" "$1" "$2" out || { failed=1; return; }
    cuts=$((cuts + 1))
    (
        cd out || exit 1
        if [ -e run/run.json ]; then
            "$fettle" train --resume run >../o 2>../e </dev/null
        else # nothing was on disk yet
            # shellcheck disable=SC2086
            "$fettle" train $options --output_dir run >../o 2>../e </dev/null
        fi
    ) || { echo "FAILED: $what:"; cat e; failed=1; return; }
    # what the run had synced is whole: nothing is damaged, nothing is restored
    if grep -E 'damaged|incomplete|cannot be used' e; then echo "FAILED: $what"; failed=1; fi
    grep -q '"step"' out/run/metrics.jsonl && resumed=$((resumed + 1))
    [ "$same" = no ] || same_run out/run whole
}
same=yes
every() { # all cuts, or a sample
    local n k
    n=$("$power_cut" trace "$base" count)
    echo "$traced: $n records"
    if [ "${POWER_CUTS:-}" = all ]; then
        for ((k = 0; k <= n; k++)); do
            for s in 0 1 $((k + 2)) $((k + 1000)); do after $k $s; done
        done
    else
        for s in 0 1 2 3 4 5 6 7; do
            random_below $((n + 1))
            after $r $s
        done
    fi
}

traced="new run" base=base
# shellcheck disable=SC2086
(cd work && INJECT_TRACE=$tmp/trace LD_PRELOAD=$so "$fettle" train $options --output_dir run) \
    >out.txt 2>err.txt </dev/null || { echo "FAILED: the run that is recorded"; cat err.txt; failed=1; }
what="recorded run" && same_run work/run whole
every

# the same for a run that is resumed after a kill: what is cut back and written again
traced="resumed run"
n=$("$power_cut" trace base count)
"$power_cut" trace base $((n * 2 / 3)) 1 killed
base=killed
rm -rf work && cp -r killed work
(cd work && INJECT_TRACE=$tmp/trace LD_PRELOAD=$so "$fettle" train --resume run) \
    >out.txt 2>err.txt </dev/null || { echo "FAILED: the resumed run that is recorded"; cat err.txt; failed=1; }
every

# and for one that replaces another
traced="replacing run"
rm -rf work old && mkdir old && cp data.csv old
# shellcheck disable=SC2086
(cd old && "$fettle" train $options --output_dir run --max_steps 4) >out.txt 2>err.txt </dev/null || failed=1
cp -r old work && base=old
# shellcheck disable=SC2086
(cd work && INJECT_TRACE=$tmp/trace LD_PRELOAD=$so "$fettle" train $options --output_dir run \
    --overwrite_output_dir) >out.txt 2>err.txt </dev/null || { echo "FAILED: replacing"; failed=1; }
what="replacing" && same_run work/run whole
same=no # before the old run is gone, it is the one that is resumed
every
echo "$cuts cuts"
finish
