# A run is not written where it would change the model that it starts from, however the folder is
# named, nor among the models that ship or into the hub cache.
. tests/cli/lib.sh
root=$PWD
net=$root/tests/reference/nets/bert-classify/model
data=$root/tests/reference/nets/bert-classify/train.csv
mkdir "$tmp/work" "$tmp/work/model"
cp "$net"/* "$tmp/work/model"
(cd "$tmp/work/model" && sha256sum ./*) >"$tmp/sums"

# refused MODEL DIR: nothing is written, the model is as it was
refused() {
    run 2 train --model "$1" --data "$data" --output_dir "$2" --max_steps 1 --overwrite_output_dir
    has err "output_dir"
    (cd "$tmp/work/model" && sha256sum --quiet -c "$tmp/sums" && [ "$(ls -A | wc -l)" = "$(wc -l <"$tmp/sums")" ]) ||
        { echo "FAILED: the model is another one after output_dir $2"; failed=1; }
    [ -e "$tmp/work/run.json" ] && { echo "FAILED: run.json beside the model"; failed=1; }
}
ln -s work/model "$tmp/link"
ln -s work "$tmp/up"
cd "$tmp/work/model"
refused "$tmp/work/model" "$tmp/work/model"
refused "$tmp/work/model" "$tmp/work/model/"
refused "$tmp/work/model" .
refused . "$tmp/work/model"
refused ../model "$tmp/work/../work/model"
refused "$tmp/link" "$tmp/work/model"
refused "$tmp/work/model" "$tmp/link"
refused "$tmp/work/model" "$tmp/work" # its model/ would be replaced
refused "$tmp/work/model" ..
refused "$tmp/link" "$tmp/up"
cp -r "$tmp/work/model" "$tmp/other"
refused "$tmp/other" "$tmp/work/model" # any other model, too
cd "$root"
run 2 eval --model "$tmp/other" --data "$data" --output_dir "$tmp/work/model"
has err "is a model folder"

# a checkpoint, the best model of a run: the run's folder would be emptied first
run 0 train --model "$tmp/other" --data "$data" --output_dir "$tmp/run" --max_steps 2
for base in "$tmp/run" "$tmp/run/model" "$tmp/run/checkpoint-2"; do
    run 2 train --model "$base" --data "$data" --output_dir "$tmp/run" --max_steps 1 --overwrite_output_dir
    has err "contains the model to start from"
done
run 0 predict --model "$tmp/run" --text lift

# what ships, and the cache
run 2 train --model starter --data "$data" --output_dir tests/assets/models/starter --max_steps 1
run 2 train --model starter --data "$data" --output_dir tests/assets/models/new --max_steps 1
[ -e tests/assets/models/new ] && { echo "FAILED: a run among the models that ship"; failed=1; }
snapshot=$tmp/hub/models--org--tiny/snapshots/0123456789abcdef
mkdir -p "$snapshot"
cp "$net"/* "$snapshot"
export HF_HUB_CACHE=$tmp/hub
run 2 train --model org/tiny --data "$data" --output_dir "$snapshot" --max_steps 1
run 2 train --model org/tiny --data "$data" --output_dir "$tmp/hub/models--org--tiny/run" --max_steps 1
run 0 train --model org/tiny --data "$data" --output_dir "$tmp/hub/run" --max_steps 1

# in another folder it runs as before
run 0 train --model "$tmp/work/model" --data "$data" --output_dir "$tmp/work/run" --max_steps 1
run 0 train --model "$tmp/work/model" --data "$data" --output_dir "$tmp/a/b/c" --max_steps 1
finish
