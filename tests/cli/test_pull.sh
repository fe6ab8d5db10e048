#!/usr/bin/env bash
# `fettle pull` against a hub that behaves: what is downloaded, where it is put, what is shared with
# huggingface_hub, revisions, offline, proxies, tokens. Misbehaviour: test_pull_hostile.sh.
source tests/cli/lib.sh
source tests/hub/hub_lib.sh
model org/tiny

# the plan first, then the files; the folder on stdout
fresh
run 0 pull org/tiny
has out "$snap"
[ "$(wc -l <"$tmp/out")" = 1 ] || fail "stdout has more than the folder"
has err "licence apache-2.0"
has err "model.safetensors"
has err "1.91 MB"
has err "5 files, "
whole
sound
[ "$(cat "$repo/refs/main")" = "$commit" ] && [ "$(wc -c <"$repo/refs/main")" = 40 ] || fail "refs/main"
sha=$(sha256sum <"$srv/org/tiny/model.safetensors")
[ "$(readlink "$snap/model.safetensors")" = "../../blobs/${sha%% *}" ] || fail "the link of the weights"
[ "$(find "$snap" -mindepth 1 | wc -l)" = 5 ] || fail "other files than wanted: $(ls "$snap")"
[ -z "$(find "$repo" -name '*.incomplete' -o -name '*.tmp*')" ] || fail "something is left behind"
logged 1 "GET /api/models/org/tiny/revision/main "
logged 1 "cdn GET /blob/org/tiny/model.safetensors"

# again: nothing is fetched; --json says what was
rules ""
run 0 pull org/tiny --json
has out "{\"id\":\"org/tiny\",\"revision\":\"$commit\",\"folder\":\"$snap\",\"files\":[{\"name\":\"config.json\",\"bytes\":21,\"fetched\":false}"
has out '{"name":"model.safetensors","bytes":2000000,"fetched":false}]}'
has err "to download 0 B"
logged 0 "cdn "
rm "$snap/vocab.txt" "$repo/blobs/"* && rm -r "$snap"
run 0 pull org/tiny --json
has out '{"name":"model.safetensors","bytes":2000000,"fetched":true}'

# other revisions: refs of tags and pull requests, none for a commit
for rev in v1.0 refs/pr/1 "$commit"; do
    run 0 pull "org/tiny@$rev"
    has out "$snap"
    [ "$rev" = "$commit" ] || [ "$(cat "$repo/refs/$rev")" = "$commit" ] || fail "refs/$rev"
done
logged 0 "GET /org/tiny/resolve/main"
[ ! -e "$repo/refs/$commit" ] || fail "a ref for a commit"
printf 'fedcba9876543210fedcba9876543210fedcba98' >"$srv/org/tiny/.commit"
printf '[PAD]\n[UNK]\n[CLS]\n' >"$srv/org/tiny/vocab.txt"
rules ""
run 0 pull org/tiny
logged 1 "hub GET /org/tiny/resolve/fedcba9876543210fedcba9876543210fedcba98/"
[ "$(cat "$repo/refs/main")" = fedcba9876543210fedcba9876543210fedcba98 ] || fail "main did not move"
cmp -s "$srv/org/tiny/vocab.txt" "$snap/vocab.txt" && fail "the old revision changed"
rm "$srv/org/tiny/.commit"
model org/tiny

# what huggingface_hub left is used: a blob, and a file in the snapshot
fresh
mkdir -p "$repo/blobs" "$snap"
cp "$srv/org/tiny/model.safetensors" "$repo/blobs/${sha%% *}"
cp "$srv/org/tiny/vocab.txt" "$snap/vocab.txt"
run 0 pull org/tiny
logged 0 "cdn "
logged 0 " GET /org/tiny/resolve/$commit/vocab.txt"
whole
# one of another size is replaced
rm "$repo/blobs/${sha%% *}"
printf x >"$repo/blobs/${sha%% *}"
run 0 pull org/tiny
whole

# without links
fresh
HF_HUB_DISABLE_SYMLINKS=1 run 0 pull org/tiny
[ -z "$(find "$repo" -type l)" ] || fail "a link in spite of HF_HUB_DISABLE_SYMLINKS"
whole
rules ""
HF_HUB_DISABLE_SYMLINKS=1 run 0 pull org/tiny
logged 0 "cdn "
whole

# which files: .bin without safetensors, shards by their index, modules of sentence-transformers
d=$srv/org/old
mkdir -p "$d"
printf '{"model_type":"llama"}' >"$d/config.json"
random "$d/pytorch_model.bin" 100000
printf 'x' >"$d/rust_model.ot"
run 0 pull org/old --json
has out '"pytorch_model.bin","bytes":100000,"fetched":true}]'
has err "does not support the model type llama"
d=$srv/org/shards
mkdir -p "$d"
printf '{"model_type":"bert"}' >"$d/config.json"
printf '{"weight_map":{"a":"model-1.safetensors","b":"model-2.safetensors","c":"model-1.safetensors"}}' \
    >"$d/model.safetensors.index.json"
for i in 1 2 3; do random "$d/model-$i.safetensors" 1000 $i; done
run 0 pull org/shards --json
has out '"model-1.safetensors","bytes":1000'
has out '"model-2.safetensors","bytes":1000'
grep -q model-3 "$tmp/out" && fail "a shard that the index does not name"
d=$srv/org/sentence
mkdir -p "$d/0_Transformer" "$d/1_Pooling" "$d/2_Other"
printf '[{"type":"sentence_transformers.models.Transformer","path":"0_Transformer"},
    {"type":"sentence_transformers.models.Pooling","path":"1_Pooling"}]' >"$d/modules.json"
printf '{"model_type":"bert"}' | tee "$d/0_Transformer/config.json" "$d/2_Other/config.json" >"$tmp/x"
printf '{"pooling":1}' >"$d/1_Pooling/config.json"
random "$d/0_Transformer/pytorch_model.bin" 1000 x
run 0 pull org/sentence --json
has out '"0_Transformer/config.json"'
has out '"0_Transformer/pytorch_model.bin"'
has out '"1_Pooling/config.json"'
grep -q 2_Other "$tmp/out" && fail "a folder that modules.json does not name"
s=$HF_HOME/hub/models--org--sentence/snapshots/$commit
case $(readlink "$s/1_Pooling/config.json") in
../../../blobs/*) cmp -s "$d/1_Pooling/config.json" "$s/1_Pooling/config.json" || fail "1_Pooling" ;;
*) fail "the link of a file in a folder" ;;
esac
# two files with one content; an empty file
d=$srv/org/twins
model org/twins
cp "$d/config.json" "$d/generation_config.json"
: >"$d/added_tokens.json"
run 0 pull org/twins
for v in "" 1; do
    rm -rf "$HF_HOME/hub/models--org--twins"
    HF_HUB_DISABLE_SYMLINKS=$v run 0 pull org/twins
    s=$HF_HOME/hub/models--org--twins/snapshots/$commit
    cmp -s "$s/config.json" "$s/generation_config.json" && [ -f "$s/added_tokens.json" ] || fail "twins"
done

# the model is then usable by its id; before, every command names the pull
fresh
mkdir -p "$srv/org/starter"
cp tests/assets/models/starter/* "$srv/org/starter"
data=assets/data/library-mail.csv
for c in "predict --model org/starter --text hello" "train --model org/starter --data $data --output_dir $tmp/r" \
    "eval --model org/starter --data $data" "tokenize --model org/starter $data" "inspect org/starter" \
    "export --model org/starter --output $tmp/e" "bench load --model org/starter" \
    "embed --model org/starter --input $data --output $tmp/e.jsonl" \
    "train --model tests/assets/models/starter --teacher org/starter --data $data --output_dir $tmp/r" \
    "inspect $data --model org/starter" "create --from org/starter --dtype bf16 --output $tmp/e"; do
    # shellcheck disable=SC2086
    run 1 $c
    has err '`fettle pull org/starter` downloads it'
    one_line
done
logged 0 ""
run 0 pull org/starter
run 0 predict --model org/starter --text "hello [MASK]"
run 0 models
has out "org/starter"
rm "$(readlink -f "$HF_HOME/hub/models--org--starter/snapshots/$commit/model.safetensors")"
run 1 predict --model org/starter --text "hello [MASK]"
has err '`fettle pull org/starter` downloads what is missing'
run 0 pull org/starter
run 1 predict --model nodata.csv --text x
grep -q pull "$tmp/err" && fail "a file's name is not an id"

# offline: the cache or an error, and no request
rules ""
HF_HUB_OFFLINE=1 run 0 pull org/starter --json
has out '"model.safetensors","bytes":'
TRANSFORMERS_OFFLINE=on run 1 pull org/tiny
has err "TRANSFORMERS_OFFLINE"
one_line
logged 0 ""

# tokens: to the hub only, from three places, never printed or kept
fresh
HF_TOKEN=hf_secret1 run 0 pull org/tiny
grep -q "^cdn.*auth=hf" "$srv/log" && fail "the CDN got the token"
[ "$(grep -c '^hub.*auth=hf_secret1 ' "$srv/log")" = "$(grep -c ^hub "$srv/log")" ] || fail "a request without token"
printf 'hf_secret2\n' >"$tmp/token"
rules ""
HF_TOKEN_PATH=$tmp/token run 0 pull org/tiny
[ "$(grep -c '^hub.*auth=hf_secret2 ' "$srv/log")" -gt 3 ] || fail "HF_TOKEN_PATH is not read"
printf 'hf_secret3' >"$HF_HOME/token"
rules ""
run 0 pull org/tiny
[ "$(grep -c '^hub.*auth=hf_secret3 ' "$srv/log")" -gt 3 ] || fail "HF_HOME/token is not read"
HF_HUB_DISABLE_IMPLICIT_TOKEN=1 run 0 pull org/tiny
rm "$HF_HOME/token"
grep -rq hf_secret "$HF_HOME" "$tmp/out" "$tmp/err" && fail "the token was written"
HF_TOKEN=$'hf_a\nX-Evil: 1' run 1 pull org/tiny
has err "access token"
for to in "$cdn/api/models/org/tiny" "http://localhost:$hub_port/other"; do # another port, another name
    rules "hub:GET /api/models redirect $to 1" "hub:GET /other file $srv/none"
    HF_TOKEN=hf_secret "$fettle" pull org/tiny >"$tmp/out" 2>"$tmp/err"
    grep "other\|^cdn" "$srv/log" | grep -q hf_secret && fail "a token to $to"
    grep -q "other\|^cdn" "$srv/log" || fail "the redirect to $to was not followed"
done
rules "hub:GET /api/models redirect /api/models/org/tiny/revision/v1.0 1"
HF_TOKEN=hf_secret run 0 pull org/tiny
[ "$(grep -c 'auth=hf_secret ' "$srv/log")" -gt 5 ] || fail "no token after a redirect on the hub"

# a proxy; the hosts that need none
rules ""
HTTP_PROXY=$cdn run 1 pull org/tiny
logged 1 "cdn GET /proxy/api/models/org/tiny"
rules ""
HTTP_PROXY=$cdn NO_PROXY=127.0.0.1 run 0 pull org/tiny
logged 0 "/proxy/"

# words
run 2 pull
run 2 pull org/tiny more
run 1 pull ../org/tiny
has err "is not the id of a model"
run 1 pull "org/tiny@../x"
has err "revision"
HF_ENDPOINT=file:///etc run 1 pull org/tiny
has err "HF_ENDPOINT"
finish
