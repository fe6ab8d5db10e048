#!/usr/bin/env bash
# `fettle pull` against a hub, a network and a disk that fail: what is resumed and tried again, what
# ends with one line, and that the cache never has a wrong file.
source tests/cli/lib.sh
source tests/hub/hub_lib.sh
model org/tiny
sha=$(sha256sum <"$srv/org/tiny/model.safetensors")
sha=${sha%% *}
W=model.safetensors

# refused TEXT..: a pull of org/tiny fails with one line that has the texts
refused() {
    run 1 pull org/tiny
    one_line
    for text; do has err "$text"; done
    [ ! -s "$tmp/out" ] || fail "something on stdout"
    [ ! -e "$repo/refs/main" ] && [ ! -e "$snap/$W" ] || fail "an incomplete revision is visible"
    sound
}
# survived: a pull of org/tiny gets all of it
survived() {
    run 0 pull org/tiny
    whole
    sound
}
# with RULE..: an empty cache, a server with these rules
with() {
    fresh
    rules "$@"
}

# --- interrupted and resumed ---
with "cdn:GET $W drop 700000 1"
survived
logged 1 "cdn GET /blob/org/tiny/$W?sig=1 range=700000 "
with "cdn:GET $W drop 700000 1" "cdn:GET $W norange 1"
survived
with "cdn:GET $W drop 700000 1" "cdn:GET $W badrange 5 1"
survived
with "cdn:GET $W drop 300000 6" # each transfer makes progress, so the tries begin anew
survived
logged 1 "?sig=1 range=1800000 "
with "cdn:GET $W drop 0 2"
survived
with "hub:GET vocab.txt drop 3 2" "hub:HEAD tokenizer drop 0 1"
survived
with "cdn:GET $W stall 500000 1"
HF_HUB_DOWNLOAD_TIMEOUT=1 survived
logged 1 "?sig=1 range=500000 "
with "cdn:GET $W nosize 1 1" "cdn:GET $W drop 100 1"
survived
# a partial file that an earlier pull left: resumed; too long, or wrong: begun again
fresh
mkdir -p "$repo/blobs"
head -c 1500000 "$srv/org/tiny/$W" >"$repo/blobs/$sha.incomplete"
survived
logged 1 "cdn GET /blob/org/tiny/$W?sig=1 range=1500000 "
grep -q "to download 488 kB" "$tmp/err" || fail "the size of the rest"
fresh
mkdir -p "$repo/blobs"
random "$repo/blobs/$sha.incomplete" 1500000 other
survived
logged 1 "cdn GET /blob/org/tiny/$W?sig=1 range=1500000 "
logged 1 "cdn GET /blob/org/tiny/$W?sig=1 range=-1 "
for n in 2000000 3000000; do # as long as the file, with other bytes; longer
    fresh
    mkdir -p "$repo/blobs"
    random "$repo/blobs/$sha.incomplete" $n other
    survived
    logged 0 "range=2"
done
cp "$srv/org/tiny/$W" "$tmp/whole"
fresh
mkdir -p "$repo/blobs"
mv "$tmp/whole" "$repo/blobs/$sha.incomplete" # all there but the rename
survived
logged 0 "cdn "

# --- answers that pass: tried again ---
with "hub:GET /api status 503 2" "hub:HEAD vocab status 502 1" "cdn:GET $W status 500 2"
survived
with "* tokenizer.json status 429 2" "* tokenizer.json after 1 2"
start=$(date +%s)
survived
[ $(($(date +%s) - start)) -ge 2 ] || fail "Retry-After was not awaited"
with "hub:GET $W after Wed,_21_Oct_2015_07:28:00_GMT 1" "hub:GET $W status 503 1"
survived
with "hub:HEAD vocab nohead 1" "hub:HEAD tokenizer.json nosize 1"
survived
with "hub:GET $W local 1" "hub:HEAD $W local 1"
survived
logged 0 "cdn "

# --- answers that do not ---
with "hub:GET /api status 503"
refused "HTTP 503" "try again later"
logged 5 "GET /api"
with "* /api status 429" "* /api after 7200"
refused "too many requests" "7200 seconds"
logged 1 "GET /api"
with "* /api status 404"
refused "no such model" "HTTP 404"
fresh
run 1 pull org/none
has err "no such model"
one_line
HF_TOKEN=hf_x run 1 pull org/none
has err "access token may read it"
run 1 pull org/tiny@v9
has err "no revision v9"
with "* /api status 401"
HF_TOKEN=hf_x run 1 pull org/tiny
has err "does not accept the access token"
with "* $W status 403"
refused "gated" "HTTP 403" "HF_TOKEN"
with "* resolve token hf_right"
refused "is gated" "accept its conditions at $hub/org/tiny" "HF_TOKEN"
HF_TOKEN=hf_wrong run 1 pull org/tiny
has err "no access yet"
HF_TOKEN=hf_right run 0 pull org/tiny
with "* vocab.txt status 404"
refused "vocab.txt" "HTTP 404"
with "cdn:* $W status 410"
refused "HTTP 410"
with "* /api status 204"
refused "HTTP 204"

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
with "hub:GET vocab.txt gzip 200"
refused "wrong size"
with "hub:* vocab.txt nosize 1"
refused "no usable size"

# --- answers of a hostile hub ---
with "* /api endless 1"
refused "longer than"
with "* /api gzip 100"
refused "longer than"
with "* /api headers 300"
refused "headers are longer"
with "* /api slow 5"
HF_HUB_ETAG_TIMEOUT=0.5 refused "in time"
with "* /api stall 10"
HF_HUB_ETAG_TIMEOUT=0.5 refused "in time"
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
    refused "no usable etag"
done
with "hub:HEAD vocab.txt etag twin" "hub:HEAD tokenizer.json etag twin"
refused "one etag but not one size"
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
HF_ENDPOINT=http://no-such-host.invalid run 1 pull org/tiny
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
