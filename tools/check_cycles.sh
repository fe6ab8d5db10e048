#!/usr/bin/env bash
# Finds circular dependencies between units of src/: unit A needs unit B when a file of A includes a
# header of B or uses a function or a table that a file of B defines.
#   tools/check_cycles.sh          complains about every cycle, exit status 1 then
#   tools/check_cycles.sh --edges  prints the edges, "from to", instead
# A unit is x.h with x.c, its private header x_in.h, and the .c files without a header of their own
# that define what x.h or x_in.h declares. A declaration alone (struct ft_x;) makes no edge.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

mapfile -t files < <(git ls-files --cached --others --exclude-standard -- 'src/*.c' 'src/*.h' |
    while read -r f; do [ ! -f "$f" ] || echo "$f"; done)

awk -v print_edges="$([ "${1:-}" = --edges ] && echo 1 || echo 0)" '
function stem(f) { sub(/\.[ch]$/, "", f); return f }
function headed(s) { return (s ".h") in exists || (s "_in.h") in exists }
function unit(f,    s, list, n, i) {
    if (f in unit_of) return unit_of[f]
    s = stem(f)
    sub(/_in$/, "", s)
    if (f ~ /\.c$/ && !headed(s)) {
        n = split(defines[f], list, " ")
        for (i = 1; i <= n; i++)
            if (list[i] in declared_in) {
                s = stem(declared_in[list[i]])
                sub(/_in$/, "", s)
                break
            }
    }
    return unit_of[f] = s
}
# A line without comments and texts; state is kept from line to line of a file.
function code(line,    out, at) {
    out = ""
    gsub(/\\./, "", line)
    gsub(/\047"\047/, "", line)
    while (line != "") {
        if (in_comment) {
            at = index(line, "*/")
            if (!at) return out
            line = substr(line, at + 2)
            in_comment = 0
        } else if (match(line, /"[^"]*"|\/\*|\/\//)) {
            out = out substr(line, 1, RSTART - 1)
            if (substr(line, RSTART, 2) == "//") return out
            in_comment = substr(line, RSTART, 2) == "/*"
            line = substr(line, RSTART + RLENGTH)
        } else {
            return out line
        }
    }
    return out
}
function edge(a, b) {
    if (a != b && !((a, b) in needs)) { needs[a, b] = 1; out_edges[a] = out_edges[a] " " b }
}
# Tarjan: the strongly connected components with more than one unit.
function visit(v,    list, n, i, w, text) {
    number[v] = low[v] = ++counter
    stack[++top] = v
    on_stack[v] = 1
    n = split(out_edges[v], list, " ")
    for (i = 1; i <= n; i++) {
        w = list[i]
        if (!(w in number)) {
            visit(w)
            if (low[w] < low[v]) low[v] = low[w]
        } else if (on_stack[w] && number[w] < low[v]) {
            low[v] = number[w]
        }
    }
    if (low[v] != number[v]) return
    text = ""
    n = 0
    do {
        w = stack[top--]
        on_stack[w] = 0
        text = w (text == "" ? "" : " ") text
        n++
    } while (w != v)
    if (n > 1) { print text; found = 1 }
}
BEGIN {
    for (i = 1; i < ARGC; i++) exists[ARGV[i]] = 1
}
FNR == 1 { in_comment = 0; pending = "" }
/^#include "/ {
    split($0, part, "\"")
    includes[FILENAME] = includes[FILENAME] " " part[2]
    next
}
{
    line = code($0)
    if (FILENAME ~ /\.c$/ && line ~ /^[A-Za-z]/ && line !~ /^(static|extern|typedef|return|goto)[^A-Za-z]/ &&
        match(line, /ft_[a-z0-9_]+(\[[^]]*\])*[ ]*(\(|=)/)) {
        name = substr(line, RSTART, RLENGTH)
        match(name, /^ft_[a-z0-9_]+/)
        name = substr(name, 1, RLENGTH)
        defined_in[name] = FILENAME
        defines[FILENAME] = defines[FILENAME] " " name
    }
    if (FILENAME ~ /\.h$/ && line !~ /^(static|typedef|#)/) {
        rest = line
        while (match(rest, /ft_[a-z0-9_]+/)) {
            name = substr(rest, RSTART, RLENGTH)
            before = substr(rest, 1, RSTART - 1)
            rest = substr(rest, RSTART + RLENGTH)
            if (before !~ /(struct|enum) $/ && rest ~ /^(\(|\[|,|;)/) declared_in[name] = FILENAME
        }
    }
    if (FILENAME ~ /\.c$/) {
        while (match(line, /(^|[^A-Za-z0-9_])ft_[a-z0-9_]+/)) {
            word = substr(line, RSTART, RLENGTH)
            before = substr(line, 1, RSTART)
            line = substr(line, RSTART + RLENGTH)
            sub(/^[^f]*/, "", word)
            if (before !~ /(struct|enum)[ ]?$/ && !((FILENAME, word) in used)) {
                used[FILENAME, word] = 1
                uses[FILENAME] = uses[FILENAME] " " word
            }
        }
    }
}
END {
    for (i = 1; i < ARGC; i++) {
        f = ARGV[i]
        units[unit(f)] = 1
        n = split(includes[f], list, " ")
        for (k = 1; k <= n; k++)
            if (("src/" list[k]) in exists) edge(unit(f), unit("src/" list[k]))
        n = split(uses[f], list, " ")
        for (k = 1; k <= n; k++)
            if (list[k] in defined_in) edge(unit(f), unit(defined_in[list[k]]))
    }
    if (print_edges) {
        for (e in needs) { split(e, part, SUBSEP); print part[1], part[2] }
        exit 0
    }
    for (u in units)
        if (!(u in number)) visit(u)
    exit found
}' "${files[@]}"
