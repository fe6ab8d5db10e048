#!/usr/bin/env bash
# Writes docs/screens/NAME-SIZE.txt: every screen of the workbench as text (`:dump`), as it is with
# the sample that ships and two runs trained on it for this. Times and rates are this machine's.
#   tools/make_screens.sh [FETTLE]       build/release/fettle when none is named
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
fettle=$(realpath "${1:-build/release/fettle}")
out=$PWD/docs/screens
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/state" "$work/home" "$out"
cp -r assets/data/library-mail.csv assets/models/starter "$work/home"
cd "$work/home"
export XDG_STATE_HOME=$work/state XDG_CONFIG_HOME=$work/state HF_HOME=$work/hub TZ=UTC

train() {
    "$fettle" train --model starter --data library-mail.csv --warmup_ratio 0.1 --threads 1 "$@" 2>/dev/null
}
train --learning_rate 1e-3 --num_train_epochs 12 --output_dir runs/mail
train --learning_rate 5e-4 --num_train_epochs 8 --output_dir runs/mail-half

# drive WxH: the script on stdin, with the sample, the starter and the first run open
drive() {
    {
        printf '%s\n' ":wait data" ":wait models"
        cat
    } >"$work/script"
    "$fettle" ui --size "$1" --script "$work/script" --open library-mail.csv --model starter --run runs/mail
}

# What is done on a screen before it is written.
steps_of() {
    case $1 in
    Tune) printf ':set %s\n' "num_train_epochs 12" "warmup_ratio 0.1" "learning_rate 1e-3" ;;
    Evaluate) echo ":wait evaluated" ;;
    Predict) printf '%s\n' ":wait answer" ":predict The reading lamp has been broken for weeks." ":wait answer" ;;
    Runs) echo ":wait runs" ;;
    esac
}

# The way on the first row names the screens and their keys.
drive 80x24 <<<":dump $work/first"
way=$(head -n 1 "$work/first" | grep -oE '[1-9] [A-Z][a-z]+')
rm -f "$out"/*.txt
for size in 80x24 200x60; do
    while read -r key name; do
        {
            echo ":screen $key"
            steps_of "$name"
            echo ":dump $out/${name,,}-$size.txt"
        } | drive "$size"
    done <<<"$way"
done

# README shows the first of them that moves.
awk -v picture="$out/train-80x24.txt" '
    /^```text$/ && !done { print; while ((getline line < picture) > 0) print line; skip = done = 1; next }
    skip && /^```$/ { skip = 0 }
    !skip' "$out/../../README.md" >"$work/readme"
cp "$work/readme" "$out/../../README.md"
