#!/usr/bin/env bash
# `fettle pull` when connections break and servers are busy: what is resumed, what is tried again, and
# which answers end it with one line.
source tests/cli/lib.sh
source tests/hub/hub_lib.sh
model org/tiny
sha=$(sha256sum <"$srv/org/tiny/$W")
sha=${sha%% *}

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
finish
