/* Normalizers: steps over an array of code points, each with the original code point that it stands
 * for. A character that a step makes out of one keeps its place; removed ones take theirs with
 * them. */
#include "data/tok_in.h"

#include <stdlib.h>
#include <string.h>

void tok_chars_push(struct tok_chars *to, uint32_t cp, uint32_t from)
{
    if (to->n == to->cap) {
        ft_grow(&to->items, &to->cap, to->n + 1, sizeof *to->items);
    }
    to->items[to->n++] = (struct tok_char){cp, from};
}

static bool is_clean_blank(uint32_t cp)
{
    return cp != ' ' && (ft_uni_class(cp) & FT_UNI_SPACE);
}

static void clean(struct tok_chars *c)
{
    size_t n = 0;

    for (size_t i = 0; i < c->n; i++) {
        struct tok_char ch = c->items[i];
        if (!(ft_uni_class(ch.cp) & FT_UNI_CONTROL)) {
            ch.cp = is_clean_blank(ch.cp) ? ' ' : ch.cp;
            c->items[n++] = ch;
        }
    }
    c->n = n;
}

static void strip(struct tok_chars *c, unsigned bits)
{
    size_t n = 0;

    for (size_t i = 0; i < c->n; i++) {
        if (!(ft_uni_class(c->items[i].cp) & bits)) {
            c->items[n++] = c->items[i];
        }
    }
    c->n = n;
}

static void blanks_around_cjk(const struct tok_chars *c, struct tok_chars *to)
{
    for (size_t i = 0; i < c->n; i++) {
        struct tok_char ch = c->items[i];
        bool cjk = ft_uni_class(ch.cp) & FT_UNI_CJK;
        if (cjk) {
            tok_chars_push(to, ' ', ch.from);
        }
        tok_chars_push(to, ch.cp, ch.from);
        if (cjk) {
            tok_chars_push(to, ' ', ch.from);
        }
    }
}

static void lower(const struct tok_chars *c, struct tok_chars *to)
{
    for (size_t i = 0; i < c->n; i++) {
        uint32_t out[2];
        size_t n = ft_uni_lower(c->items[i].cp, out);
        for (size_t k = 0; k < n; k++) {
            tok_chars_push(to, out[k], c->items[i].from);
        }
    }
}

/* Combining characters in canonical order. While a normal form is made, `from` holds how a
 * character came about, as the library counts it: 0 for one that stands for one, 1 for the later
 * ones of a decomposition, and a composition adds up its parts and takes 1 away. The places in the
 * original are handed out after that, in order, whatever was moved. */
static void sort_run(struct tok_char *c, size_t n)
{
    for (size_t i = 1; i < n; i++) { /* stable; runs are short, see the bound in decompose() */
        struct tok_char ch = c[i];
        unsigned class = ft_uni_combining(ch.cp);
        size_t k = i;
        while (k > 0 && ft_uni_combining(c[k - 1].cp) > class) {
            c[k] = c[k - 1];
            k--;
        }
        c[k] = ch;
    }
}

static void merge_run(struct tok_char *c, size_t n, struct tok_char *tmp)
{
    if (n <= 32) {
        sort_run(c, n);
        return;
    }
    size_t half = n / 2, i = 0, j = half, k = 0;
    merge_run(c, half, tmp);
    merge_run(c + half, n - half, tmp);
    while (i < half || j < n) {
        bool left = j == n || (i < half && ft_uni_combining(c[i].cp) <= ft_uni_combining(c[j].cp));
        tmp[k++] = left ? c[i++] : c[j++];
    }
    memcpy(c, tmp, n * sizeof *c);
}

static void reorder(struct tok_chars *c, struct tok_chars *spare)
{
    for (size_t i = 0; i < c->n;) {
        size_t from = i;
        while (i < c->n && ft_uni_combining(c->items[i].cp) != 0) {
            i++;
        }
        if (i - from > 1) {
            ft_grow(&spare->items, &spare->cap, i - from, sizeof *spare->items);
            merge_run(c->items + from, i - from, spare->items);
        }
        i += i == from;
    }
}

static void decompose(const struct tok_chars *c, struct tok_chars *to, bool compat)
{
    struct tok_chars spare = {0};

    for (size_t i = 0; i < c->n; i++) {
        uint32_t out[FT_UNI_DECOMPOSED_MAX];
        size_t n = ft_uni_decompose(c->items[i].cp, compat, out);
        for (size_t k = 0; k < n; k++) {
            tok_chars_push(to, out[k], k > 0);
        }
    }
    reorder(to, &spare);
    free(spare.items);
}

/* Canonical composition: a starter takes the marks after it that it composes with and that nothing
 * blocks. */
static void compose(struct tok_chars *c)
{
    size_t n = 0, starter = SIZE_MAX;
    unsigned last = 0; /* class of the character kept last, after the starter */

    for (size_t i = 0; i < c->n; i++) {
        struct tok_char ch = c->items[i];
        unsigned class = ft_uni_combining(ch.cp);
        uint32_t made = 0;
        if (starter != SIZE_MAX && (n == starter + 1 || (last < class && last != 0))) {
            made = ft_uni_compose(c->items[starter].cp, ch.cp);
        }
        if (made) {
            c->items[starter].cp = made;
            c->items[starter].from += ch.from - 1;
            continue;
        }
        if (class == 0) {
            starter = n;
        }
        last = class;
        c->items[n++] = ch;
    }
    c->n = n;
}

/* From how each character came about to the place that it stands for; false: the counts do not add
 * up (a map that removes the first character), and the library displaces what follows. */
static bool place(const struct tok_chars *c, struct tok_chars *to)
{
    size_t next = 0;

    for (size_t i = 0; i < to->n; i++) {
        int32_t change = (int32_t)to->items[i].from;
        size_t at = change > 0 ? (next ? next - 1 : 0) : next;
        next += change > 0 ? 0 : (size_t)(1 - change);
        to->items[i].from = c->items[at < c->n ? at : c->n - 1].from;
    }
    return next == c->n;
}

static void put_text(struct tok_chars *to, const char *text, size_t n, uint32_t from)
{
    for (size_t i = 0; i < n;) {
        tok_chars_push(to, ft_uni_next(text, n, &i), from);
    }
}

/* What replaces a match stands for the last character of it. */
static bool replace(const struct tok_op_arg *a, const struct tok_chars *c, struct tok_chars *to)
{
    size_t done = 0;

    for (size_t i = 0; i < c->n;) {
        size_t len = tok_pattern_match(&a->pattern, c->items + i, c->n - i);
        if (len == 0) {
            i++;
            continue;
        }
        ft_grow(&to->items, &to->cap, to->n + (i - done) + a->text_n, sizeof *to->items);
        memcpy(to->items + to->n, c->items + done, (i - done) * sizeof *to->items);
        to->n += i - done;
        put_text(to, a->text, a->text_n, c->items[i + len - 1].from);
        done = i += len;
    }
    if (done == 0) {
        return false;
    }
    ft_grow(&to->items, &to->cap, to->n + (c->n - done) + 1, sizeof *to->items);
    memcpy(to->items + to->n, c->items + done, (c->n - done) * sizeof *to->items);
    to->n += c->n - done;
    return true;
}

static void strip_ends(struct tok_chars *c, bool left, bool right)
{
    size_t from = 0;

    while (right && c->n > 0 && (ft_uni_class(c->items[c->n - 1].cp) & FT_UNI_SPACE)) {
        c->n--;
    }
    while (left && from < c->n && (ft_uni_class(c->items[from].cp) & FT_UNI_SPACE)) {
        from++;
    }
    if (from) {
        c->n -= from;
        memmove(c->items, c->items + from, c->n * sizeof *c->items);
    }
}

/* A text in the place of `old` characters; `from` holds how each came about, as in a normal form. */
static void put_mapped(struct tok_chars *to, const char *text, size_t n, size_t old)
{
    size_t before = to->n, made;

    put_text(to, text, n, 0);
    made = to->n - before;
    for (size_t i = old; i < made; i++) {
        to->items[to->n - 1 - (i - old)].from = 1;
    }
    if (made < old && to->n > 0) {
        to->items[to->n - 1].from -= (uint32_t)(old - made);
    }
}

/* A cluster of less than 6 bytes is looked up as a whole, then each of its characters. */
static bool map_cluster(const struct tok_charsmap *m, const struct tok_char *c, size_t n,
                        struct tok_chars *to)
{
    char key[24];
    const char *text;
    size_t key_n = 0, text_n;
    bool changed = false;

    for (size_t i = 0; i < n && key_n < 6; i++) {
        key_n += ft_uni_put(c[i].cp, key + key_n);
    }
    if (key_n < 6 && tok_charsmap_find(m, key, key_n, &text, &text_n)) {
        put_mapped(to, text, text_n, n);
        return true;
    }
    for (size_t i = 0; i < n; i++) {
        if (tok_charsmap_find(m, key, ft_uni_put(c[i].cp, key), &text, &text_n)) {
            put_mapped(to, text, text_n, 1);
            changed = true;
        } else {
            tok_chars_push(to, c[i].cp, 0);
        }
    }
    return changed;
}

static bool map_chars(const struct tok_charsmap *m, const struct tok_chars *c, struct tok_chars *to)
{
    bool changed = false;
    int32_t state = 0;

    for (size_t i = 0, end; i < c->n; i = end) {
        end = i + 1;
        while (end < c->n &&
               !ft_uni_grapheme_ends(c->items[end - 1].cp, c->items[end].cp, &state)) {
            end++;
        }
        changed |= map_cluster(m, c->items + i, end - i, to);
    }
    return changed;
}

static void swap(struct ft_tok_ctx *ctx)
{
    struct tok_chars t = ctx->chars;
    ctx->chars = ctx->chars2;
    ctx->chars2 = t;
}

static void step(struct ft_tok_ctx *ctx, enum tok_op op, const struct tok_op_arg *arg)
{
    struct tok_chars *c = &ctx->chars, *to = &ctx->chars2;

    to->n = 0;
    switch (op) {
    case TOK_OP_CLEAN:
        clean(c);
        return;
    case TOK_OP_NONSPACING:
        strip(c, FT_UNI_NONSPACING);
        return;
    case TOK_OP_MARKS:
        strip(c, FT_UNI_MARK);
        return;
    case TOK_OP_CJK:
        blanks_around_cjk(c, to);
        break;
    case TOK_OP_LOWER:
        lower(c, to);
        break;
    case TOK_OP_NFD:
    case TOK_OP_NFC:
    case TOK_OP_NFKD:
    case TOK_OP_NFKC:
        decompose(c, to, op == TOK_OP_NFKD || op == TOK_OP_NFKC);
        if (op == TOK_OP_NFC || op == TOK_OP_NFKC) {
            compose(to);
        }
        ctx->lagging |= !place(c, to);
        break;
    case TOK_OP_REPLACE:
        if (!replace(arg, c, to)) {
            return;
        }
        break;
    case TOK_OP_PREPEND:
        if (c->n == 0) {
            return;
        }
        put_text(to, arg->text, arg->text_n, c->items[0].from);
        for (size_t i = 0; i < c->n; i++) {
            tok_chars_push(to, c->items[i].cp, c->items[i].from);
        }
        break;
    case TOK_OP_STRIP:
        strip_ends(c, arg->left && !ctx->cut_left, arg->right && !ctx->cut_right);
        return;
    case TOK_OP_CHARSMAP:
        if (!map_chars(&arg->map, c, to)) {
            return;
        }
        ctx->lagging |= !place(c, to);
        break;
    }
    swap(ctx);
}

void tok_normalize(const struct ft_tok *tok, struct ft_tok_ctx *ctx, const char *text, size_t n,
                   uint32_t base)
{
    ctx->chars.n = 0;
    ctx->lagging = false;
    for (size_t i = 0; i < n;) {
        tok_chars_push(&ctx->chars, ft_uni_next(text, n, &i), base++);
    }
    for (size_t i = 0; i < tok->ops_n; i++) {
        step(ctx, (enum tok_op)tok->ops[i], tok->args ? &tok->args[i] : NULL);
    }
}

void tok_chars_to_text(struct ft_tok_ctx *ctx)
{
    ft_str_clear(&ctx->text);
    ft_str_reserve(&ctx->text, ctx->chars.n * 4 + 1);
    ft_grow(&ctx->map, &ctx->map_cap, ctx->chars.n * 4 + 1, sizeof *ctx->map);
    for (size_t i = 0; i < ctx->chars.n; i++) {
        size_t len = ft_uni_put(ctx->chars.items[i].cp, ctx->text.data + ctx->text.len);
        for (size_t k = 0; k < len; k++) {
            ctx->map[ctx->text.len + k] = ctx->chars.items[i].from;
        }
        ctx->text.len += len;
    }
}
