# The manual page as groff sees it, the completion as bash sees it, and what an installation holds.
. tests/cli/lib.sh

fails() {
    echo "FAILED: $1"
    failed=1
}

if command -v groff >/dev/null; then
    groff -ww -man -Tutf8 -P-cbu docs/fettle.1 >"$tmp/page" 2>"$tmp/warnings" || fails "groff"
    [ -s "$tmp/warnings" ] && fails "the manual page: $(head -n 3 "$tmp/warnings")"
    for text in learning_rate "fettle predict" "EXIT STATUS"; do
        grep -q "$text" "$tmp/page" || fails "the manual page has no $text"
    done
fi

# complete_line WORDS.. (the last is being typed): what bash would offer, blank-separated
complete_line() {
    bash -c '. docs/completions/fettle.bash
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _fettle
        echo "${COMPREPLY[*]}"' fettle "$@"
}
offers() { # what, words of the line
    local want=$1 got
    shift
    got=$(complete_line "$@")
    [ "$got" = "$want" ] || fails "completion of '$*' gives '$got', expected '$want'"
}
offers "train" fettle tr
offers "predict" fettle help pred
offers "--learning_rate" fettle train --learning
offers "linear" fettle train --lr_scheduler_type li
offers "linear" fettle train --lr-scheduler-type li
offers "linear" fettle train --lr_scheduler_type = li
offers "html,whitespace" fettle train --clean html,w
offers "true false" fettle train --load_best_model_at_end ""
offers "bert" fettle train --preset be
offers "" fettle train --seed ""
offers "CMakeLists.txt" fettle train --data CMakeL
offers "CMakeLists.txt" fettle inspect CMakeL
offers "--rows" fettle inspect --json --ro
offers "jsonl" fettle tokenize --input_format js
offers "--no-unicode" fettle ui --no-u
offers "--data" fettle eval --dat
offers "" fettle eval --learning
offers "light" fettle ui --theme li
for c in $(complete_line fettle ""); do
    case $c in --version) continue ;; esac
    run 0 help "$c"
done

build=$(dirname "$fettle")
if command -v cmake >/dev/null && [ -f "$build/cmake_install.cmake" ]; then
    cmake --install "$build" --prefix "$tmp/prefix" >"$tmp/install" 2>&1 || fails "cmake --install"
    for f in bin/fettle share/man/man1/fettle.1 share/bash-completion/completions/fettle \
        share/fettle/data/library-mail.csv share/fettle/models/minilm-l4/config.json; do
        [ -f "$tmp/prefix/$f" ] || fails "an installation has no $f"
    done
fi
finish
