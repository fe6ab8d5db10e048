#!/usr/bin/env bash
# Makes tests/assets/models/starter: a small BERT with random weights and a vocabulary learned from the
# texts in assets/data. Run it after a change of those texts; the same texts give the same files.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
fettle=${FETTLE:-build/release/fettle}
texts=$(mktemp)
trap 'rm -f "$texts"' EXIT
# The label column and the JSON keys are words of their files, not of the language.
tail -n +2 assets/data/library-mail.csv | sed -E 's/,[a-z]+$//; s/^"(.*)"$/\1/; s/""/"/g' >"$texts"
cat assets/data/ferry-year.txt >>"$texts"
grep -oE '"(context|question)": "([^"\\]|\\.)*"' assets/data/harbour-qa.json |
    sed -E 's/^"[a-z]+": "(.*)"$/\1/; s/\\"/"/g' >>"$texts"
rm -rf tests/assets/models/starter
"$fettle" create --config tools/starter.json --text "$texts" --vocab_size 1500 \
    --output tests/assets/models/starter
rm -rf assets/models/starter
cp -r tests/assets/models/starter assets/models/starter
