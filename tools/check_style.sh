#!/usr/bin/env bash
# The rules of CONTRIBUTING.md that a machine can check; each complaint names its place.
#   tools/check_style.sh            everything
#   tools/check_style.sh --no-format   all but clang-format
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
failed=0

complain() { # what is wrong, lines
    [ -n "$2" ] || return 0
    printf 'style: %s\n%s\n' "$1" "$2" | sed '2,$s/^/    /'
    failed=1
}

mapfile -t sources < <(git ls-files --cached --others --exclude-standard -- '*.c' '*.h' |
    while read -r f; do [ ! -f "$f" ] || echo "$f"; done)
found() { grep -nE "$1" "${@:2}" /dev/null || true; }
within() { printf '%s\n' "${sources[@]}" | grep -E "^src/($1)/" || true; }

# Modules: util <- core, data <- engine <- ui, cli. The build refuses most of these; this one sees
# relative paths and curses as well.
edge() { # module, what it must not include, why
    local files
    mapfile -t files < <(within "$1")
    [ ${#files[@]} -gt 0 ] || return 0
    complain "src/$1 must not include $3" "$(found "#include ([<\"])$2" "${files[@]}")"
}
edge 'util|core|data|engine|cli' '(n?curses|panel|ncursesw)' "curses (only src/ui may)"
edge 'util' '(core|data|engine|ui|cli)/' "any other module"
edge 'core' '(data|engine|ui|cli)/' "anything but util"
edge 'data' '(core|engine|ui|cli)/' "anything but util"
edge 'engine' '(ui|cli)/' "ui or cli"
edge 'ui' '(core|data|cli)/' "anything but engine and util"
edge 'cli' '(core|data|ui)/' "anything but engine and util"
edge '[a-z]+' '\.\./' "by a relative path"

# Libraries of matrix products have one caller each (core/gemm.h is the interface).
complain "only src/core/blas.c calls OpenBLAS, only src/core/onednn.c oneDNN" \
    "$(found '#include <(cblas|dnnl)' "${sources[@]}" | grep -vE '^src/core/(blas|onednn)\.c:' || true)"

# Functions that cannot be told the size of what they write, or that hide errors.
complain "banned function" "$(printf '%s\n' "${sources[@]}" | grep -E '^(src|bench|tests)/' |
    xargs grep -nE '(^|[^A-Za-z0-9_>.])(strcpy|strcat|sprintf|vsprintf|atoi|atol|atof|strtok|gets|scanf|sscanf|fscanf)[[:space:]]*\(' || true)"

# Nothing below ui and cli ends the process or writes to the terminal (util/mem's hook apart).
mapfile -t below < <(within 'util|core|data|engine')
[ ${#below[@]} -eq 0 ] || complain "src/util, core, data and engine neither print nor exit" \
    "$(found '(^|[^A-Za-z0-9_>.])(printf|puts|putchar|exit|_exit|abort|perror)[[:space:]]*\(' "${below[@]}" |
        grep -v '^src/util/mem\.c:' | grep -vE ':[0-9]+:[[:space:]]*(/?\*|//)' || true)"

# A CHOICE has an index and an enum (engine/options/choices.h).
choices=$(grep -ohE 'X\([a-z_]+, CHOICE' src/engine/options/options_list.h | sed 's/X(//;s/,.*//' | paste -sd'|')
complain "a CHOICE option is compared by ft_options_choice(), not by its text" \
    "$(found "(strcmp|strcasecmp|_parse)\(.*FT_OPT_($choices)\>" "${sources[@]}" | grep '^src/' || true)"

complain "units that need each other (tools/check_cycles.sh)" "$(tools/check_cycles.sh || true)"

# A family's properties are in its rows (data/hf_family.c, core/family_NAME.c), not in comparisons.
complain "a family is named outside util/kinds.h; ask a property (core/family.h, data/hf_family.h)" \
    "$(found 'FT_FAMILY_[A-Z0-9]+\>|(strcmp|strcasecmp)\(.*ft_family_name' "${sources[@]}" |
        grep '^src/' | grep -v '^src/util/kinds\.' | grep -vE 'FT_FAMILY_(COUNT|ALL|LIST)\>' || true)"

# Code asks for a trait or a head (util/kinds.h); only a task's own module names it.
mapfile -t others < <(within 'util|core|data|engine|ui|cli' | grep -v '^src/engine/task/')
complain "a task is named outside src/engine/task (docs/ADDING_A_TASK.md)" \
    "$(grep -noE '(^|[^A-Za-z0-9_])FT_TASK_[A-Z0-9_]+' "${others[@]}" |
        grep -vE 'FT_TASK_(NONE|COUNT|LIST|NAMED_LIST|WORDS?)$' || true)"

complain "no typedef of a struct" "$(found '^[[:space:]]*typedef[[:space:]]+struct' "${sources[@]}")"
complain "a TODO is an issue, not a comment" "$(found '(^|[^A-Za-z])(TODO|FIXME|XXX)([^A-Za-z]|$)' "${sources[@]}")"
complain "over 1000 lines" "$(for f in "${sources[@]}"; do
    case $f in *_tables.c) continue ;; esac # generated data
    n=$(wc -l <"$f")
    [ "$n" -le 1000 ] || echo "$f: $n lines"
done)"
complain "two files of one name" "$(printf '%s\n' "${sources[@]}" | sed 's|.*/||' | sort | uniq -d)"
complain "-ffast-math or -Ofast in the build" \
    "$(grep -nE 'ffast-math|Ofast' CMakeLists.txt CMakePresets.json cmake/*.cmake || true)"
complain "trailing blanks" "$(found '[[:blank:]]+$' "${sources[@]}")"

if [ "${1:-}" != --no-format ]; then
    complain "not as clang-format writes it (clang-format -i FILE)" "$(
        printf '%s\n' "${sources[@]}" | xargs -r clang-format --dry-run 2>&1 |
            grep -oE '^[^:]+:[0-9]+' | sort -t: -k1,1 -u || true
    )"
fi

[ "$failed" = 0 ] && echo "style: ${#sources[@]} files in order"
exit "$failed"
