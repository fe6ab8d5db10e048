# Weights in the forms in which people have them: safetensors, torch.save (one file and several),
# a prefix before the names, a model one folder down; and what is something else is named.
. tests/cli/lib.sh
src=tests/reference/pytorch
text="the rain was cold and the field was warm."

# answer FOLDER: the logits of the text
answer() {
    run 0 predict --model "$1" --text "$text" --precision fp32 --json
    sed 's/.*"logits"/"logits"/' "$tmp/out"
}
# model NAME FILES..: a folder with the tiny model's configuration, tokenizer and these weights
model() {
    mkdir -p "$tmp/$1"
    cp $src/tiny/config.json $src/tiny/vocab.txt $src/tiny/tokenizer_config.json "$tmp/$1"
    local to=$1 f
    shift
    for f in "$@"; do cp "$src/tiny/$f" "$tmp/$to"; done
}
same() {
    [ "$(answer "$1")" = "$want" ] && return
    echo "FAILED: $1 answers something else"
    failed=1
}
model st model.safetensors
want=$(answer "$tmp/st")
[ -n "$want" ] || { echo "FAILED: no logits"; failed=1; }
model pt pytorch_model.bin
same "$tmp/pt"
model shards pytorch_model.bin.index.json pytorch_model-0000{1,2}-of-00002.bin
same "$tmp/shards"
rm "$tmp/shards/pytorch_model-00002-of-00002.bin"
run 1 predict --model "$tmp/shards" --text x
has err "is missing"

# inspect, export, a run from it
run 0 inspect "$tmp/pt/pytorch_model.bin"
has out "PyTorch"
run 0 inspect "$tmp/pt" --json
has out '"dtype":"F16"'
has out '"missing":[]'
run 0 export --model "$tmp/pt" --format hf --output "$tmp/exported"
same "$tmp/exported"
# the export is safetensors: the same tensors in their types, in one file
[ -e "$tmp/exported/pytorch_model.bin" ] && { echo "FAILED: pytorch_model.bin was copied"; failed=1; }
[ -f "$tmp/exported/model.safetensors" ] || { echo "FAILED: no model.safetensors"; failed=1; }
run 0 inspect "$tmp/exported" --json
has out '"dtype":"F16"'
has out '"missing":[]'
run 0 inspect "$tmp/pt" --json
pt=$(grep -o '"name":"[^"]*","dtype":"[^"]*","shape":[^]]*]' "$tmp/out" | sort)
run 0 inspect "$tmp/exported" --json
[ -n "$pt" ] && [ "$pt" = "$(grep -o '"name":"[^"]*","dtype":"[^"]*","shape":[^]]*]' "$tmp/out" | sort)" ] ||
    { echo "FAILED: other tensors than in pytorch_model.bin"; failed=1; }
mkdir "$tmp/parts"
cp $src/tiny/{config.json,vocab.txt,tokenizer_config.json,pytorch_model.bin.index.json} "$tmp/parts"
cp $src/tiny/pytorch_model-0000{1,2}-of-00002.bin "$tmp/parts"
run 0 export --model "$tmp/parts" --output "$tmp/joined"
same "$tmp/joined"
[ "$(ls "$tmp/joined" | grep -c -e bin -e index)" = 0 ] || { echo "FAILED: shards were copied"; failed=1; }
printf 'text,label\nthe sun was warm,yes\nthe rain was cold,no\nthe tree was cold,no\na warm wind,yes\n' >"$tmp/d.csv"
run 0 train --model "$tmp/pt" --data "$tmp/d.csv" --validation "$tmp/d.csv" --num_train_epochs 1 --output_dir "$tmp/run"
[ -f "$tmp/run/model/model.safetensors" ] || { echo "FAILED: the run saved no safetensors"; failed=1; }

# nothing is run, what would be is named
model evil
cp $src/module.bin "$tmp/evil/pytorch_model.bin"
run 1 predict --model "$tmp/evil" --text x
has err "torch.nn.modules.linear.Linear"

screen() { # MODEL TEXT: screen 2 shows the text
    printf ':size 200 60\n:wait models\n:screen 2\n:wait models\nexpect %s\n' "$2" >"$tmp/script"
    XDG_STATE_HOME=$tmp run 0 ui --model "$1" --script "$tmp/script"
}

# one folder down, and the layout of sentence-transformers
mkdir -p "$tmp/down" "$tmp/two" "$tmp/sbert"
cp -r "$tmp/st" "$tmp/down/checkpoint-7"
same "$tmp/down"
has err "checkpoint-7"
run 0 inspect "$tmp/down"
has out "checkpoint-7"
run 0 tokenize --model "$tmp/down" $src/tiny/vocab.txt
has err "checkpoint-7"
screen "$tmp/down" "opened one folder down"
XDG_STATE_HOME=$tmp run 0 models --json # what was opened is in the list, once
[ "$(grep -c "\"path\":\"$tmp/down" "$tmp/out")" = 1 ] || { echo "FAILED: models:"; cat "$tmp/out"; failed=1; }
grep "$tmp/down" "$tmp/out" | grep -q '"error"' && { echo "FAILED: an opened model is not usable"; failed=1; }
cp -r "$tmp/st" "$tmp/two/checkpoint-7"
cp -r "$tmp/st" "$tmp/two/checkpoint-9"
run 1 predict --model "$tmp/two" --text x
has err "checkpoint-7, checkpoint-9"
cp -r "$tmp/st" "$tmp/sbert/0_Transformer"
cp -r "$tmp/st" "$tmp/sbert/1_Other"
printf '[{"idx":0,"path":"0_Transformer","type":"sentence_transformers.models.Transformer"}]' >"$tmp/sbert/modules.json"
same "$tmp/sbert"
printf '[{"idx":0,"path":"../st","type":"sentence_transformers.models.Transformer"}]' >"$tmp/sbert/modules.json"
run 1 predict --model "$tmp/sbert" --text x
has err "0_Transformer, 1_Other"

# what is no model, or a part of one
run 1 predict --model "$tmp/st/model.safetensors" --text x
has err "expected the model's folder: $tmp/st"
mkdir "$tmp/lora"
echo '{"base_model_name_or_path":"north/mini-bert"}' >"$tmp/lora/adapter_config.json"
for c in "predict --text x --model" "eval --data $tmp/d.csv --model" "inspect"; do
    run 1 $c "$tmp/lora"
    has err "adapter"
    has err "north/mini-bert"
done
model pointer
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n' >"$tmp/pointer/model.safetensors"
run 1 inspect "$tmp/pointer"
has err "Git LFS"
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n' >"$tmp/pointer/vocab.txt"
run 1 tokenize --model "$tmp/pointer"
has err "Git LFS"
model gguf
printf 'GGUF' >"$tmp/gguf/model-q4.gguf"
run 1 predict --model "$tmp/gguf" --text x
has err "GGUF"

# a prefix, and a tensor of whole numbers: the names in the header are of the same length
prefixed() { # FROM TO: every name `bert.` and `classifier.` gets another letter in front
    mkdir -p "$tmp/$2"
    cp "$tmp/$1"/* "$tmp/$2"
}
python=$(command -v python3 || true)
if [ -n "$python" ]; then
    for prefix in module. _orig_mod. module._orig_mod. 0.auto_model. model.; do
        prefixed st prefix
        "$python" - "$tmp/prefix/model.safetensors" $prefix <<'P'
import json, struct, sys
b = open(sys.argv[1], "rb").read()
n = struct.unpack("<Q", b[:8])[0]
h = json.dumps({sys.argv[2] + k: v for k, v in json.loads(b[8:8 + n]).items()}).encode()
open(sys.argv[1], "wb").write(struct.pack("<Q", len(h)) + h + b[8 + n:])
P
        same "$tmp/prefix"
        has err "$prefix"
        run 0 inspect "$tmp/prefix"
        has out "prefix         $prefix"
        screen "$tmp/prefix" "every tensor name begins with $prefix, which is ignored"
    done
    prefixed st whole
    "$python" - "$tmp/whole/model.safetensors" <<'P'
import json, struct, sys
b = open(sys.argv[1], "rb").read()
n = struct.unpack("<Q", b[:8])[0]
h = json.loads(b[8:8 + n])
h["bert.encoder.layer.0.output.dense.weight"]["dtype"] = "I32"
h = json.dumps(h).encode()
open(sys.argv[1], "wb").write(struct.pack("<Q", len(h)) + h + b[8 + n:])
P
    run 0 inspect "$tmp/whole"
    has out "is I32 (quantised?)"
    run 1 predict --model "$tmp/whole" --text x
    has err "is I32 (quantised?)"
fi
finish
