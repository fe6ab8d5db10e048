# `:eval test int8` evaluates in int8 and says so; without a precision the run's is taken.
. tests/cli/lib.sh
export XDG_STATE_HOME=$tmp/state XDG_CONFIG_HOME=$tmp/state
data=$PWD/assets/data/library-mail.csv
cd "$tmp" || exit 1

run 0 doctor
grep -q 'int8 products *none' out && { echo "SKIPPED: int8 is no faster than fp32 here"; exit 0; }
run 0 train --model starter --data "$data" --limit 200 --split 0.5,0.25,0.25 --output_dir r --max_steps 12 --threads 1 \
    --learning_rate 3e-3 --eval_strategy no
cat >script <<'S'
:size 140 30
:wait evaluated
key 5
expect test part
:eval test int8
:wait evaluated
expect test part, int8
:eval validation
:wait evaluated
expect validation part 5
:eval int8
:wait evaluated
expect validation part, int8 5
:eval test fp32
:wait evaluated
expect test part 5
S
"$fettle" ui --run r --script script >shown 2>why </dev/null || { echo FAILED; cat why; failed=1; }
finish
