# Commands, flags and exit statuses.
. tests/cli/lib.sh

run 0 --version
has out "fettle 0."
run 0 help
run 0 help help
has out "fettle help [COMMAND]"
run 0 help --help
run 0 help
has out "ui         the workbench"
run 0 help ui
has out "usage: fettle ui"
run 0 help eval
has out "--max_seq_length"
grep -q -e --learning_rate "$tmp/out" && { echo "FAILED: help eval has options of train"; failed=1; }
run 0 help bench
has out "--per_device_train_batch_size"
run 0 help train
has out "--preset NAME"
run 2 hlep
has err "did you mean help"
run 2 help nothing
has err "hint: fettle help help"
run 2 help one two
has err "unexpected argument"
run 2 help --jsn
has err "unknown option --jsn"

# as people who know transformers type it
hint() {
    run 2 train --$1 x
    has err "did you mean --$2?"
}
hint model_name_or_path model
hint train_file data
hint validation-file validation
hint test_file test
hint bf16 precision
hint fp16 precision
hint lr learning_rate
hint batch_size per_device_train_batch_size
hint group_by_length "train_sampling_strategy group_by_length"
hint resume_from_checkpoint resume
hint epochs num_train_epochs
run 2 train --load_best_model_at_end maybe
has err "expected true or false"

# a wrong --config is wrong usage, with its place
printf 'seed = 1\nlearning_rate\n' >"$tmp/c.conf"
run 2 train --config "$tmp/c.conf"
has err "c.conf:2: expected"
printf '{"learning_rate":"x"}' >"$tmp/c.json"
run 2 train --config "$tmp/c.json"
has err "c.json: learning_rate: "
printf '{"seed":1,\n' >"$tmp/c.json"
run 2 train --config "$tmp/c.json"
has err "c.json: line 1 column 11"

if [ -e /dev/full ]; then
    "$fettle" help >/dev/full 2>"$tmp/err" && { echo "FAILED: a full disk is not said"; failed=1; }
    has err "stdout"
fi
finish
