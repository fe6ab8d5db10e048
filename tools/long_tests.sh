#!/usr/bin/env bash
# The tests that take hours, by hand: docs/RELIABILITY.md has their results.
#   tools/long_tests.sh monkey [EVENTS] [SEED]    the workbench under random keys (1000000 events)
#   tools/long_tests.sh fuzz [SECONDS] [TARGET..] every fuzz target, one after another (600 s each)
# Ends with the first failure. What a fuzz target finds lies in build/fuzz/found/TARGET.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
what=${1:-}
shift || true

monkey() {
    local events=${1:-1000000} seed=${2:-1}
    tools/build.sh asan --target test_ui_monkey
    export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
    build/asan/test_ui_monkey direct --events "$events" --seed "$seed"
    build/asan/test_ui_monkey pty --events $((events / 100 + 1)) --seed "$seed"
}

fuzz() {
    local seconds=${1:-600} f name
    shift || true
    tools/build.sh fuzz --target fuzz_targets
    for f in build/fuzz/tests/fuzz/fuzz_*; do
        name=${f##*/fuzz_}
        [ -x "$f" ] && [ -f "$f" ] || continue
        [ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
        mkdir -p "build/fuzz/found/$name"
        echo "== $name"
        "$f" -max_total_time="$seconds" -timeout=30 -rss_limit_mb=4000 -print_final_stats=1 \
            -artifact_prefix="build/fuzz/found/$name/" "build/fuzz/found/$name" \
            "tests/fuzz/corpus/$name" >"build/fuzz/found/$name.log" 2>&1 ||
            { tail -n 40 "build/fuzz/found/$name.log"; exit 1; }
        grep -E '^Done|number_of_executed_units' "build/fuzz/found/$name.log"
    done
}

case $what in
monkey | fuzz) "$what" "$@" ;;
*)
    sed -n '2,5s/^# \{0,1\}//p' "$0"
    exit 2
    ;;
esac
