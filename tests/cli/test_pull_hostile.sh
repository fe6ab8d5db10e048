#!/usr/bin/env bash
# `fettle pull` against a hub, a network and a disk that are hostile or fail: it ends with one line, and
# the cache never has a wrong file.
source tests/cli/lib.sh
source tests/hub/hub_lib.sh
model org/tiny
sha=$(sha256sum <"$srv/org/tiny/$W")
sha=${sha%% *}

# --- wrong sizes and hashes ---
with "cdn:GET $W flip 1234567"
refused "wrong hash" "$W"
[ -z "$(ls "$repo/blobs" | grep "$sha")" ] || fail "bytes of a wrong file are kept"
with "cdn:GET $W flip 3 1"
refused "wrong hash"
survived
with "cdn:GET $W short 1000"
refused "wrong size" "1000" "2000000"
with "hub:HEAD $W size 1999999"
refused "wrong size"
with "hub:HEAD $W size 2000001"
refused "wrong size"
with "hub:HEAD $W size 9000000000000000000"
refused "no usable size"
with "hub:HEAD $W size 900000000000000"
refused "free some disk space"
with "hub:HEAD $W size -5" # not a size: that of the CDN counts
survived
with "cdn:GET $W endless 1"
refused "wrong size" "more than 2000000"
with "hub:GET vocab.txt endless 1"
refused "wrong size"
with "hub:GET vocab.txt gzip 20"
refused "wrong size"
with "hub:* vocab.txt nosize 1"
refused "no usable size"

# --- answers of a hostile hub ---
with "* /api endless 1"
refused "longer than"
with "* /api gzip 20"
refused "longer than"
with "* /api headers 300"
refused "headers are longer"
with "* /api slow 5"
HF_HUB_ETAG_TIMEOUT=0.5 refused "timed out"
with "* /api stall 10"
HF_HUB_ETAG_TIMEOUT=0.5 refused "timed out"
with "* /api redirect $hub/api/models/org/tiny"
refused "redirects"
for to in file:///etc/passwd ftp://127.0.0.1/x gopher://127.0.0.1:$cdn_port/x "http://"; do
    with "cdn:GET $W redirect $to"
    refused "redirects to"
    with "* /api redirect $to"
    refused "redirects to"
done
with "cdn:GET $W redirect http://127.0.0.1:1/x"
refused "no connection"
for etag in '"../../../../evil"' '"a/b"' '".."' '""' 'a.incomplete' "$(printf '%0300d' 0)"; do
    with "hub:HEAD $W etag $etag"
    refused "no usable ETag"
done
with "hub:HEAD vocab.txt etag twin" "hub:HEAD tokenizer.json etag twin"
refused "the same ETag but different sizes"
# info JSON: what it is, and that nothing of it reaches the disk
info() {
    printf '%s' "$1" >"$srv/info.json"
    with "* /api file $srv/info.json"
}
for text in '' 'no' '[]' '{}' '{"sha":1,"siblings":[]}' '{"sha":"zzzzzzzzzzzz","siblings":[]}' \
    '{"sha":"../../../../../x","siblings":[]}' "{\"sha\":\"$commit\"}" \
    "{\"sha\":\"$commit\",\"siblings\":[1,null,{\"rfilename\":7}]}" \
    "{\"sha\":\"$commit\",\"siblings\":{\"rfilename\":\"config.json\"}}" \
    "$(printf '[%.0s' $(seq 5000))" \
    "{\"sha\":\"$commit\",\"siblings\":[{\"rfilename\":\"config.json\"},{\"rfilename\":\"model.onnx\"}]}"; do
    info "$text"
    refused ""
done
has err "only ONNX weights"
names=''
for f in ../../../evil.safetensors /etc/config.json 'a//b' 'a/../config.json' 'x\\y' '\u0000' 'a\nb' '.' '..' \
    config.json config.json "$(printf '%0600d' 1)"; do
    names="$names{\"rfilename\":\"$f\"},"
done
info "{\"sha\":\"$commit\",\"siblings\":[$names{\"rfilename\":\"model.safetensors\"}],\"cardData\":{\"license\":\"\u001b[31mred\"}}"
run 0 pull org/tiny
[ "$(find "$snap" -mindepth 1 | wc -l)" = 2 ] || fail "names that are no names: $(ls -R "$snap")"
[ -z "$(find "$tmp" / -maxdepth 1 -name 'evil*')" ] || fail "a file outside of the cache"
grep -q "$(printf '\033')" "$tmp/err" && fail "an escape of the hub reached the terminal"
{
    printf '{"sha":"%s","siblings":[' "$commit"
    seq 30000 | sed 's/.*/{"rfilename":"x\/&.json"},/'
    printf '{"rfilename":"config.json"},{"rfilename":"model.safetensors"}]}'
} >"$srv/info.json"
with "* /api file $srv/info.json"
run 0 pull org/tiny
# the files that name others
fresh
mkdir -p "$srv/org/shards"
printf '{"model_type":"bert"}' >"$srv/org/shards/config.json"
for map in '{"a":"../../x.safetensors"}' '{"a":"/etc/x.safetensors"}' '{"a":"missing.safetensors"}' '{"a":1}' '[]' '{"a":"config.json"}'; do
    printf '{"weight_map":%s}' "$map" >"$srv/org/shards/model.safetensors.index.json"
    run 1 pull org/shards
    has err "weight_map"
    one_line
done
printf '[{"type":"x.Transformer","path":"../.."}]' >"$srv/org/tiny/modules.json"
with ""
refused "modules.json"
rm "$srv/org/tiny/modules.json"

# --- the network and the disk ---
fresh
HF_ENDPOINT=http://127.0.0.1:1 run 1 pull org/tiny
has err "no connection"
one_line
HF_HUB_ETAG_TIMEOUT=1 HF_ENDPOINT=http://no-such-host.invalid run 1 pull org/tiny
has err "no connection"
HF_ENDPOINT=https://127.0.0.1:$hub_port run 1 pull org/tiny
one_line
fresh
(ulimit -f 1000 && "$fettle" pull org/tiny >"$tmp/out" 2>"$tmp/err") && fail "a write that failed is not reported"
has err "cannot be written"
one_line
[ "$(stat -c %s "$repo/blobs/$sha.incomplete")" -gt 500000 ] || fail "what was downloaded is not kept"
survived
printf x >"$tmp/file"
HF_HUB_CACHE=$tmp/file run 1 pull org/tiny
one_line
if [ "$(id -u)" != 0 ]; then
    mkdir -p "$tmp/ro" && chmod 500 "$tmp/ro"
    HF_HUB_CACHE=$tmp/ro run 1 pull org/tiny
    one_line
fi
finish
