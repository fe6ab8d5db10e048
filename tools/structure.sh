#!/usr/bin/env bash
# The structure of the source: files and lines of each module, and how many includes go from one
# module to another.
#   tools/structure.sh [COMMIT]     of a commit (HEAD), not of the working tree
# A module is a folder of src with source files in it: src/util is util, src/engine/task engine/task.
# An edge is an #include "MODULE/x.h" in a file of another module.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
commit=${1:-HEAD}
git ls-tree -r --name-only "$commit" -- src | grep -E '\.[ch]$' | while read -r f; do
    printf '\001%s\n' "$f"
    git show "$commit:$f"
done | awk -F'"' '
function module(path) { sub(/^src\//, "", path); return sub(/\/[^\/]*$/, "", path) ? path : "main" }
/^\001/ { m = module(substr($0, 2)); files[m]++; next }
{ lines[m]++ }
/^#include "/ { to = module($2); if (to != m) edge[m, to]++ }
END {
    for (m in files) {
        all_files += files[m]; all_lines += lines[m]
        printf "1 %-14s %5d files %7d lines\n", m, files[m], lines[m]
    }
    printf "2 %-14s %5d files %7d lines\n", "all", all_files, all_lines
    for (e in edge) {
        split(e, x, SUBSEP)
        printf "3 %-14s -> %-14s %4d includes\n", x[1], x[2], edge[e]; edges++; includes += edge[e]
    }
    printf "4 %d edges, %d includes across modules\n", edges, includes
}' | sort | cut -c3- | sed '/^all/a\
'
