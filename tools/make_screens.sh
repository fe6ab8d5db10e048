#!/usr/bin/env bash
# Writes docs/screens: every screen of the workbench as text (NAME-80x24.txt, NAME-200x60.txt) and as a
# picture (NAME-100x30.svg), written by `:dump` with the sample data, the bundled model and two runs
# trained on it by this script. Times and speeds are those of this machine.
#   tools/make_screens.sh [FETTLE]       default: build/release/fettle
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
fettle=$(realpath "${1:-build/release/fettle}")
out=$PWD/docs/screens
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/state" "$work/home" "$out"
cp assets/data/library-mail.csv "$work/home"
cd "$work/home"
export XDG_STATE_HOME=$work/state XDG_CONFIG_HOME=$work/state HF_HOME=$work/hub TZ=UTC

train() {
    "$fettle" train --model minilm-l4 --data library-mail.csv --warmup_ratio 0.1 --threads 1 "$@" >/dev/null 2>&1
}
train --learning_rate 2e-4 --num_train_epochs 4 --output_dir runs/mail
train --learning_rate 5e-5 --num_train_epochs 3 --output_dir runs/mail-half

# drive WxH: runs the script on stdin with the sample, the bundled model and the first run open
drive() {
    {
        printf '%s\n' ":wait data" ":wait models"
        cat
    } >"$work/script"
    "$fettle" ui --size "$1" --script "$work/script" --open library-mail.csv --model minilm-l4 --run runs/mail
}

# The commands that bring a screen to the state that is shown.
steps_of() {
    case $1 in
    Model) echo ":wait models" ;;
    Tune) printf ':set %s\n' "num_train_epochs 4" "warmup_ratio 0.1" "learning_rate 2e-4" ;;
    Evaluate) echo ":wait evaluated" ;;
    Predict) printf '%s\n' ":wait answer" ":predict The reading lamp has been broken for weeks." ":wait answer" ;;
    Runs) echo ":wait runs" ;;
    esac
}

# The first row names the screens and their keys.
drive 80x24 <<<":dump $work/first"
screens=$(head -n 1 "$work/first" | grep -oE '[1-9] [A-Z][a-z]+')
rm -f "$out"/*.txt "$out"/*.svg
for picture in 80x24.txt 100x30.svg 200x60.txt; do
    while read -r key name; do
        {
            echo ":screen $key"
            steps_of "$name"
            echo ":dump $out/${name,,}-$picture"
        } | drive "${picture%.*}"
    done <<<"$screens"
done
