/* Tokens of texts for the tokenize command; see inspect.h. */
#include "engine/tools/inspect_in.h"

#include "data/read.h"
#include "data/hub.h"
#include "data/jscan.h"
#include "data/tok.h"
#include "data/unicode.h"
#include "engine/options/data_options.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/str.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum ft_status ft_inspect_tok(struct ft_tok **tok, const char *model, struct ft_err *err)
{
    struct ft_hub_model found = {0};
    struct ft_err unresolved = {0};
    enum ft_status st = ft_hub_resolve(&found, model, &unresolved);
    if (!st) {
        st = ft_tok_load(tok, found.path, err);
        if (!st && found.below) ft_log(FT_LOG_NOTE, "%s: the model is in %s", model, found.path);
    } else if (ft_path_is_dir(model)) /* nothing but a tokenizer is enough here */
        st = ft_tok_load(tok, model, err);
    else
        st = ft_fail(err, st, "%s", unresolved.msg);
    if (!st && *ft_tok_notes(*tok)) ft_log(FT_LOG_NOTE, "%s: %s", model, ft_tok_notes(*tok));
    ft_hub_model_release(&found);
    return st;
}

enum ft_status ft_tokenizer_open(struct ft_tokenizer **out, const char *model, struct ft_err *err)
{
    struct ft_tokenizer *t = ft_xcalloc(1, sizeof *t);
    enum ft_status st = ft_inspect_tok(&t->tok, model, err);
    if (st) {
        free(t);
        return st;
    }
    t->ctx = ft_tok_ctx_new(t->tok);
    *out = t;
    return FT_OK;
}

void ft_tokenizer_free(struct ft_tokenizer *t)
{
    if (!t) return;
    ft_enc_release(&t->enc);
    ft_tok_ctx_free(t->ctx);
    ft_tok_free(t->tok);
    free(t);
}

static void add_json(const struct ft_tokenizer *t, struct ft_str *out)
{
    const struct ft_enc *e = &t->enc;
    ft_str_addz(out, "{\"ids\":[");
    for (size_t i = 0; i < e->n; i++)
        ft_str_addf(out, "%s%d", i ? "," : "", (int)e->ids[i]);
    ft_str_addz(out, "],\"tokens\":[");
    for (size_t i = 0; i < e->n; i++) {
        size_t len = 0;
        const char *text = ft_tok_text(t->tok, e->ids[i], &len);
        if (i) ft_str_addc(out, ',');
        ft_json_add_str(out, text ? text : "", len);
    }
    ft_str_addz(out, "],\"type_ids\":[");
    for (size_t i = 0; i < e->n; i++)
        ft_str_addf(out, "%s%d", i ? "," : "", e->type_ids[i]);
    ft_str_addz(out, "],\"offsets\":[");
    for (size_t i = 0; i < e->n; i++)
        ft_str_addf(out, "%s[%u,%u]", i ? "," : "", e->chars[i].start, e->chars[i].end);
    ft_str_addz(out, "]}");
}

enum ft_status ft_tokenize(struct ft_tokenizer *t, const char *text, size_t n, const char *pair,
                           size_t pair_n, bool no_special, enum ft_tokenize_form form,
                           struct ft_str *out, struct ft_err *err)
{
    struct ft_tok_opt opt = {.no_special = no_special};
    enum ft_status st = ft_tok_build(t->tok, t->ctx, text, n, pair, pair_n, &opt, &t->enc, err);
    if (st) return st;
    if (form == FT_TOKENIZE_JSON) {
        add_json(t, out);
        return FT_OK;
    }
    for (size_t i = 0; i < t->enc.n; i++) {
        if (i) ft_str_addc(out, ' ');
        if (form == FT_TOKENIZE_IDS) {
            ft_str_addf(out, "%d", (int)t->enc.ids[i]);
        } else {
            size_t len = 0;
            const char *token = ft_tok_text(t->tok, t->enc.ids[i], &len);
            ft_str_add(out, token ? token : "", len);
        }
    }
    return FT_OK;
}

enum ft_status ft_tokenize_json(struct ft_tokenizer *t, const char *line, size_t n, bool no_special,
                                enum ft_tokenize_form form, struct ft_str *out, struct ft_err *err)
{
    struct ft_arena arena = {0};
    struct ft_jscan s = {.p = line, .end = line + n, .arena = &arena};
    struct ft_text text = {0}, pair = {0}, key;
    enum ft_status st = FT_OK;
    if (ft_jscan_peek(&s) == '"') {
        ft_jscan_string(&s, &text);
    } else if (ft_jscan_enter(&s, '{')) {
        while (ft_jscan_key(&s, &key)) {
            if (ft_jscan_is(key, "text"))
                ft_jscan_string(&s, &text);
            else if (ft_jscan_is(key, "text_pair"))
                ft_jscan_cell(&s, &pair);
            else
                ft_jscan_skip(&s, NULL);
        }
    }
    if (s.why)
        st = ft_fail(err, FT_FORMAT, "column %zu: %s; expected a string or {\"text\":..}",
                     (size_t)(s.p - line) + 1, s.why);
    else if (!text.data || !ft_jscan_at_end(&s))
        st = ft_fail(err, FT_FORMAT, "expected one JSON string or {\"text\":..} per line");
    else
        st = ft_tokenize(t, text.data, text.n, pair.data, pair.n, no_special, form, out, err);
    ft_arena_release(&arena);
    return st;
}

enum ft_status ft_tokenize_file(const char *path, ft_tokenize_line_fn *line, void *arg,
                                struct ft_err *err)
{
    struct ft_table t = {0};
    enum ft_status st =
        ft_table_read(&t, path, &(struct ft_read_opt){.format = FT_FORMAT_TEXT}, err);
    if (!st) ft_data_say_notes(&t);
    size_t rows = st ? 0 : ft_table_rows(&t);
    for (size_t i = 0; i < rows && !st; i++) {
        struct ft_text text = ft_table_cell(&t, i, 0);
        if ((st = line(arg, text.data, text.n, err))) ft_fail_in(err, "%s: line %zu", path, i + 1);
    }
    ft_table_release(&t);
    return st;
}

enum ft_status ft_tokenize_stream(FILE *in, const char *name, ft_tokenize_line_fn *line, void *arg,
                                  struct ft_err *err)
{
    char *text = NULL;
    size_t cap = 0, number = 0, bad = 0, first = 0;
    enum ft_status st = FT_OK;
    for (ssize_t got; !st && (got = getline(&text, &cap, in)) >= 0;) {
        size_t n = (size_t)got;
        if (n && text[n - 1] == '\n') n--;
        if (n && text[n - 1] == '\r') n--;
        number++;
        if (!ft_uni_valid(text, n) && !bad++) first = number;
        if ((st = line(arg, text, n, err))) ft_fail_in(err, "%s: line %zu", name, number);
    }
    if (!st && ferror(in))
        st = ft_fail(err, FT_IO, "%s: cannot be read: %s", name, strerror(errno));
    if (bad)
        ft_log(FT_LOG_WARN, "%s: %zu line%s (first %zu): %s", name, bad, ft_plural(bad), first,
               ft_note_text(FT_NOTE_UTF8));
    free(text);
    return st;
}
