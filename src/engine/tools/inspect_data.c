/* Looking at data: what the reader understood, the labels, what is wrong, token counts. A file that
 * holds no examples to train on is still described; see inspect.h. */
#include "engine/tools/inspect_in.h"

#include "data/number.h"
#include "data/read.h"
#include "data/examples.h"
#include "data/label_form.h"
#include "data/problems.h"
#include "data/squad.h"
#include "data/tok.h"
#include "engine/task/run_tags.h"
#include "engine/task/unknown.h"
#include "engine/options/data_options.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/mem.h"
#include "util/str.h"

#include <stdlib.h>
#include <string.h>

enum { LENGTH_LIMITS = 4, PROBLEM_ROWS = 100 };
static const size_t length_limits[LENGTH_LIMITS] = {128, 256, 384, 512};

struct lengths {
    size_t *items, n, cap;
};

static int by_size(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

static void add_lengths(struct lengths *l, bool json, struct ft_str *out)
{
    if (!l->n) return;
    qsort(l->items, l->n, sizeof *l->items, by_size);
    double sum = 0;
    size_t cut[LENGTH_LIMITS] = {0};
    for (size_t i = 0; i < l->n; i++) {
        sum += (double)l->items[i];
        for (int k = 0; k < LENGTH_LIMITS; k++)
            cut[k] += l->items[i] > length_limits[k];
    }
    double n = (double)l->n, mean = sum / n;
    double median = ((double)l->items[(l->n - 1) / 2] + (double)l->items[l->n / 2]) / 2;
    if (json) {
        ft_str_addz(out, ",\"tokens\":{\"median\":");
        ft_json_add_num(out, median);
        ft_str_addz(out, ",\"mean\":");
        ft_json_add_num(out, mean);
        ft_str_addf(out, ",\"longest\":%zu,\"cut\":{", l->items[l->n - 1]);
        for (int k = 0; k < LENGTH_LIMITS; k++) {
            ft_str_addf(out, "%s\"%zu\":", k ? "," : "", length_limits[k]);
            ft_json_add_num(out, (double)cut[k] / n);
        }
        ft_str_addz(out, "}}");
        return;
    }
    ft_str_addf(out, "  tokens       median %g, mean %.1f, longest %zu; truncated at", median, mean,
                l->items[l->n - 1]);
    for (int k = 0; k < LENGTH_LIMITS; k++)
        ft_str_addf(out, "%s %zu: %.1f %%", k ? "," : "", length_limits[k],
                    100 * (double)cut[k] / n);
    ft_str_addc(out, '\n');
}

/* The tokenizer of --model, NULL when none was given. */
static enum ft_status open_tok(const struct ft_options *o, struct ft_tok **tok, struct ft_err *err)
{
    const char *model = ft_options_text(o, FT_OPT_model);
    *tok = NULL;
    return *model ? ft_inspect_tok(tok, model, err) : FT_OK;
}

static void count_tokens(struct lengths *l, const struct ft_tok *tok, struct ft_tok_ctx *ctx,
                         struct ft_text a, struct ft_text b)
{
    size_t n = ft_tok_count(tok, ctx, a.data, a.n) + ft_tok_added_count(tok, b.data != NULL);
    if (b.data) n += ft_tok_count(tok, ctx, b.data, b.n);
    ft_grow(&l->items, &l->cap, l->n + 1, sizeof *l->items);
    l->items[l->n++] = n;
}

/* Whether the model knows the words, among the other problems. */
static void add_unknown(struct ft_problems *p, const struct ft_tok *tok,
                        const struct ft_tok_ctx *ctx)
{
    char text[FT_UNKNOWN_TEXT];
    uint64_t tokens, unknown;
    ft_tok_ctx_seen(ctx, &tokens, &unknown);
    if (!ft_unknown_text(ft_unknown_name(tok), tokens, unknown, text)) return;
    ft_problems_add(p, FT_PROBLEM_UNKNOWN, FT_PART_TRAIN, 0, text);
    ft_problems_sort(p);
}

static void add_problems(const struct ft_problems *p, bool json, struct ft_str *out)
{
    if (json) {
        ft_str_addz(out, ",\"problems\":[");
        for (size_t i = 0; i < p->n; i++) {
            ft_str_addf(out, "%s{\"row\":%zu,\"kind\":\"%s\",\"what\":", i ? "," : "",
                        p->items[i].row, ft_problem_name(p->items[i].kind));
            ft_json_add_str(out, p->items[i].what, strlen(p->items[i].what));
            ft_str_addc(out, '}');
        }
        ft_str_addc(out, ']');
        return;
    }
    for (int i = 0; i < FT_PROBLEM_COUNT; i++) {
        enum ft_problem_kind k = (enum ft_problem_kind)i;
        if (!p->count[k]) continue;
        const struct ft_problem *first = &p->items[p->first[k]];
        if (p->count[k] == 1 && !first->row)
            ft_str_addf(out, "  %c %s\n", ft_problem_sign(k), first->what);
        else if (p->count[k] == 1)
            ft_str_addf(out, "  %c row %zu: %s\n", ft_problem_sign(k), first->row, first->what);
        else if (!first->row)
            ft_str_addf(out, "  %c %zu %s (first: %s)\n", ft_problem_sign(k), p->count[k],
                        ft_problem_bad(k, p->count[k]), first->what);
        else
            ft_str_addf(out, "  %c %zu %s (first: row %zu, %s)\n", ft_problem_sign(k), p->count[k],
                        ft_problem_bad(k, p->count[k]), first->row, first->what);
    }
}

static enum ft_status inspect_squad(const char *path, const struct ft_options *o, bool json,
                                    struct ft_str *out, struct ft_err *err)
{
    struct ft_squad q = {0};
    struct ft_problems p = {0};
    struct ft_tok *tok = NULL;
    struct lengths lengths = {0};
    enum ft_status st = ft_squad_read_as(&q, path, ft_data_read_opt(o).encoding, NULL, NULL, err);
    if (!st) st = ft_problems_find_squad(&p, &q, PROBLEM_ROWS, err);
    if (!st) st = open_tok(o, &tok, err);
    if (!st && tok) {
        struct ft_tok_ctx *ctx = ft_tok_ctx_new(tok);
        for (size_t i = 0; i < q.questions_n; i++)
            count_tokens(&lengths, tok, ctx, q.questions[i].text,
                         q.paragraphs[q.questions[i].paragraph].context);
        add_unknown(&p, tok, ctx);
        ft_tok_ctx_free(ctx);
    }
    if (!st && json) {
        ft_str_addz(out, "{\"kind\":\"data\",\"format\":\"squad\",\"version\":");
        ft_json_add_str(out, q.version, strlen(q.version));
        ft_str_addf(out,
                    ",\"articles\":%zu,\"paragraphs\":%zu,\"questions\":%zu,\"impossible\":%zu",
                    q.articles_n, q.paragraphs_n, q.questions_n, q.impossible);
    } else if (!st) {
        ft_str_addf(out,
                    "%s: SQuAD %s\n  %zu article%s, %zu paragraph%s, %zu question%s, %zu "
                    "impossible\n",
                    path, q.version, q.articles_n, ft_plural(q.articles_n), q.paragraphs_n,
                    ft_plural(q.paragraphs_n), q.questions_n, ft_plural(q.questions_n),
                    q.impossible);
    }
    if (!st) {
        add_lengths(&lengths, json, out);
        add_problems(&p, json, out);
        if (json) ft_str_addz(out, "}\n");
    }
    free(lengths.items);
    ft_tok_free(tok);
    ft_problems_release(&p);
    ft_squad_release(&q);
    return st;
}

static void add_column(const struct ft_table *t, const char *key, int col, struct ft_str *out)
{
    ft_json_add_key(out, key);
    if (col < 0) {
        ft_str_addz(out, "null");
        return;
    }
    const char *name = ft_table_name(t, (size_t)col);
    ft_json_add_str(out, name, strlen(name));
}

static size_t label_rows(const struct ft_examples *x, size_t label)
{
    size_t n = 0;
    for (int part = 0; part < FT_PART_COUNT; part++)
        n += x->counts[label][part];
    return n;
}

static void add_sign(struct ft_str *out, const char *key, char sign)
{
    ft_json_add_key(out, key);
    if (sign)
        ft_json_add_str(out, &sign, 1);
    else
        ft_str_addz(out, "null");
}

static void add_table_json(const struct ft_table *t, const struct ft_columns *c,
                           enum ft_problem_type type, const struct ft_examples *x,
                           struct ft_str *out)
{
    ft_str_addf(out, "{\"kind\":\"data\",\"format\":\"%s\",\"encoding\":\"%s\"",
                ft_format_name(t->format), ft_encoding_name(t->encoding));
    if (t->compression) ft_str_addf(out, ",\"compression\":\"%s\"", t->compression);
    if (t->format == FT_FORMAT_CSV || t->format == FT_FORMAT_TSV) {
        add_sign(out, "delimiter", t->delimiter == FT_DELIMITER_NONE ? 0 : t->delimiter);
        add_sign(out, "quote", t->quote);
        ft_str_addf(out, ",\"header\":%s", t->has_header ? "true" : "false");
    }
    ft_str_addf(out, ",\"rows\":%zu,\"columns\":[", ft_table_rows(t));
    for (size_t i = 0; i < ft_table_columns(t); i++) {
        const char *name = ft_table_name(t, i);
        if (i) ft_str_addc(out, ',');
        ft_json_add_str(out, name, strlen(name));
    }
    ft_str_addc(out, ']');
    add_column(t, "text_column", c->text, out);
    if (c->pair >= 0) add_column(t, "text_pair_column", c->pair, out);
    if (c->labels_n) {
        struct ft_str names = {0};
        ft_data_label_columns(t, c, ",", &names);
        ft_json_put_text(out, "label_column", ft_str_text(&names));
        ft_str_release(&names);
    } else {
        add_column(t, "label_column", c->label, out);
    }
    if (*c->delimiter) ft_json_put_text(out, "label_delimiter", c->delimiter);
    if (type) ft_json_put_text(out, "problem_type", ft_problem_type_name(type));
    if (x->numbers) {
        struct ft_number_facts f;
        ft_number_facts(t, (size_t)c->label, 0, &f);
        ft_str_addz(out, ",\"values\":{");
        ft_json_put_num(out, "n", (double)f.numbers);
        ft_json_put_num(out, "distinct", (double)f.distinct);
        ft_json_put_num(out, "min", f.least);
        ft_json_put_num(out, "max", f.most);
        ft_json_put_num(out, "mean", f.mean);
        ft_json_put_num(out, "sd", f.sd);
        ft_str_addc(out, '}');
    }
    ft_str_addz(out, ",\"labels\":{");
    for (size_t i = 0; i < x->labels.n; i++) {
        ft_json_add_key(out, x->labels.names[i]);
        ft_str_addf(out, "%zu", label_rows(x, i));
    }
    ft_str_addc(out, '}');
}

static bool is_label(const struct ft_columns *c, int column)
{
    bool is = column == c->label;
    for (size_t i = 0; i < c->labels_n; i++)
        is |= column == c->labels[i];
    return is;
}

static void add_table_text(const char *path, const struct ft_table *t, const struct ft_columns *c,
                           enum ft_problem_type type, const struct ft_examples *x,
                           struct ft_str *out)
{
    char n[32];
    ft_str_addf(out, "%s: ", path);
    ft_data_form_text(t, out);
    ft_str_addc(out, '\n');
    ft_str_addf(out, "  rows         %s\n",
                ft_format_count(n, sizeof n, (long long)ft_table_rows(t)));
    ft_str_addz(out, "  columns      ");
    for (size_t i = 0; i < ft_table_columns(t); i++) {
        const char *role = (int)i == c->text     ? " (text)"
                           : (int)i == c->pair   ? " (second text)"
                           : is_label(c, (int)i) ? " (label)"
                                                 : "";
        const char *name = ft_table_name(t, i);
        ft_str_addz(out, i ? ", " : "");
        ft_str_add_shown(out, name, strlen(name), true);
        ft_str_addz(out, role);
    }
    ft_str_addc(out, '\n');
    if (type) ft_str_addf(out, "  problem type %s\n", ft_problem_type_name(type));
    if (*c->delimiter) ft_str_addf(out, "  labels are separated by %s\n", c->delimiter);
    if (x->numbers) {
        struct ft_number_facts f;
        ft_number_facts(t, (size_t)c->label, 0, &f);
        ft_str_addf(out,
                    "  values       %g to %g, mean %.4g, standard deviation %.4g, %zu different\n",
                    f.least, f.most, f.mean, f.sd, f.distinct);
    }
    for (size_t i = 0; i < x->labels.n && i < 20; i++) {
        struct ft_str name = {0};
        ft_str_add_shown(&name, x->labels.names[i], strlen(x->labels.names[i]), true);
        ft_str_addf(out, "  label        %-24s %8zu\n", ft_str_text(&name), label_rows(x, i));
        ft_str_release(&name);
    }
    if (x->labels.n > 20)
        ft_str_addf(out, "  ..and %zu more label%s\n", x->labels.n - 20,
                    ft_plural(x->labels.n - 20));
}

/* The examples of the table; where the labels are of no use, without them; nothing at all when the
 * file holds no texts. *why says so then. */
static enum ft_status build(const struct ft_table *t, struct ft_columns *c, struct ft_tagged *g,
                            enum ft_problem_type type, uint64_t seed, struct ft_examples *x,
                            struct ft_err *why)
{
    struct ft_examples_opt opt = {.columns = *c, .unlabelled = c->label < 0, .seed = seed};
    if (g->form) opt.tagged[FT_PART_TRAIN] = g;
    ft_data_targets(&opt, t, type);
    *c = opt.columns;
    opt.tables[FT_PART_TRAIN] = t;
    opt.share[FT_PART_TRAIN] =
        1; /* nothing is split here, so no text lies in two parts of one file */
    enum ft_status st = ft_examples_build(x, &opt, why);
    if (!st) return st;
    opt.columns.label = -1;
    opt.json_texts = true;
    opt.unlabelled = true;
    memset(x, 0, sizeof *x);
    struct ft_err again = {0};
    return ft_examples_build(x, &opt, &again);
}

/* Words with tags, or with tags that cannot be read, without them. */
static enum ft_status read_tags(struct ft_tagged *g, const struct ft_table *t,
                                const struct ft_options *o, const struct ft_tok *tok,
                                struct ft_columns *c, struct ft_err *why)
{
    struct ft_labels names;
    struct ft_err again = {0};
    ft_run_tags_names(o, &names);
    struct ft_run_tags_opt opt = {.o = o, .names = &names, .tok = tok};
    enum ft_status st = ft_run_tags_read(g, t, &opt, c, why);
    opt.unlabelled = true;
    if (st) st = ft_run_tags_read(g, t, &opt, c, &again);
    if (st) memset(g, 0, sizeof *g);
    ft_labels_release(&names);
    return st;
}

static void add_types(const struct ft_examples *x, bool json, struct ft_str *out)
{
    const struct ft_tagged *g = x->tagged[FT_PART_TRAIN];
    if (!g) return;
    if (json)
        ft_str_addf(out, ",\"task\":\"ner\",\"scheme\":\"%s\",\"words\":%zu,\"types\":{",
                    ft_tag_scheme_name(g->scheme), g->words_n);
    else
        ft_str_addf(out, "  tags         %s, %zu word%s\n", ft_tag_scheme_name(g->scheme),
                    g->words_n, ft_plural(g->words_n));
    for (size_t i = 0; i < x->types.n; i++) {
        const size_t *n = x->type_counts[i];
        size_t all = n[0] + n[1] + n[2];
        if (json) {
            ft_json_add_key(out, x->types.names[i]);
            ft_str_addf(out, "%zu", all);
            continue;
        }
        struct ft_str name = {0};
        ft_str_add_shown(&name, x->types.names[i], strlen(x->types.names[i]), true);
        ft_str_addf(out, "  type         %-24s %8zu\n", ft_str_text(&name), all);
        ft_str_release(&name);
    }
    if (json) ft_str_addc(out, '}');
}

static enum ft_status read_table(struct ft_table *t, const char *path,
                                 const struct ft_read_opt *how, struct ft_err *err)
{
    enum ft_status st = ft_table_read(t, path, how, err);
    if (!st && t->format == FT_FORMAT_TEXT && !ft_table_rows(t))
        st = ft_fail(err, FT_FORMAT, "%s: the file is empty", path);
    return st;
}

enum ft_status ft_inspect_data(const char *path, const struct ft_options *o, bool json,
                               struct ft_str *out, struct ft_err *err)
{
    enum ft_format format;
    struct ft_read_opt how = ft_data_read_opt(o);
    char *part[FT_PART_COUNT];
    if (ft_folder_files(path, part)) { /* its only file, or of SQuAD the training file */
        enum ft_status one = ft_inspect_data(part[FT_PART_TRAIN], o, json, out, err);
        for (int p = 0; p < FT_PART_COUNT; p++)
            free(part[p]);
        return one;
    }
    enum ft_status st = ft_format_sniff(path, &how, &format, err);
    if (st) return st;
    if (format == FT_FORMAT_SQUAD) return inspect_squad(path, o, json, out, err);
    struct ft_table t = {0};
    struct ft_tagged g = {.form = FT_TAGGED_NONE};
    struct ft_columns c;
    struct ft_examples x = {0};
    struct ft_problems p = {0};
    struct ft_tok *tok = NULL;
    struct lengths lengths = {0};
    struct ft_err why = {0};
    enum ft_problem_type type = FT_PROBLEM_TYPE_NONE;
    bool built = false;
    if ((st = read_table(&t, path, &how, err))) goto out;
    st = ft_data_columns(&t, o, &c, err);
    if (!st) st = open_tok(o, &tok, err);
    if (st) goto out;
    bool tags = ft_run_tags_wanted(&t, o);
    if (tags)
        read_tags(&g, &t, o, tok, &c, &why);
    else if (c.label < 0)
        ft_label_form_check(&t, &c, false, &why); /* what it is instead */
    else
        type = ft_data_problem(&t, o, &c);
    if (c.text >= 0 && (g.form || !tags))
        built = !build(&t, &c, &g, type, (uint64_t)ft_options_int(o, FT_OPT_seed), &x, &why);
    if (!built) memset(&x, 0, sizeof x);
    if (built && (st = ft_problems_find(&p, &x, PROBLEM_ROWS, NULL, err))) goto out;
    if (built && tok) {
        struct ft_tok_ctx *ctx = ft_tok_ctx_new(tok);
        for (size_t i = 0; i < x.n; i++)
            count_tokens(&lengths, tok, ctx, x.items[i].text, x.items[i].pair);
        add_unknown(&p, tok, ctx);
        ft_tok_ctx_free(ctx);
    }
    if (json)
        add_table_json(&t, &c, type, &x, out);
    else
        add_table_text(path, &t, &c, type, &x, out);
    if (built) add_types(&x, json, out);
    add_lengths(&lengths, json, out);
    add_problems(&p, json, out);
    if (why.msg[0] && json) {
        ft_str_addz(out, ",\"note\":");
        ft_json_add_str(out, why.msg, strlen(why.msg));
    } else if (why.msg[0]) {
        ft_str_addf(out, "  ! %s\n", why.msg);
    }
    if (json) ft_str_addz(out, "}\n");
out:
    free(lengths.items);
    ft_tok_free(tok);
    ft_problems_release(&p);
    if (built) ft_examples_release(&x);
    if (g.form) ft_tagged_release(&g);
    ft_table_release(&t);
    return st;
}

enum ft_status ft_inspect_rows(const char *path, const struct ft_options *o, size_t max,
                               ft_inspect_row_fn *row, void *arg, struct ft_err *err)
{
    enum ft_format format;
    struct ft_read_opt how = ft_data_read_opt(o);
    how.rows_max = max;
    enum ft_status st = ft_format_sniff(path, &how, &format, err);
    if (st) return st;
    struct ft_str s = {0};
    if (format == FT_FORMAT_SQUAD) {
        struct ft_squad q = {0};
        st = ft_squad_read_as(&q, path, ft_data_read_opt(o).encoding, NULL, NULL, err);
        for (size_t i = 0; !st && i < q.questions_n && (!max || i < max); i++) {
            ft_str_clear(&s);
            ft_squad_row_json(&q, i, &s);
            st = row(arg, &s, err);
        }
        ft_squad_release(&q);
    } else {
        struct ft_table t = {0};
        st = read_table(&t, path, &how, err);
        for (size_t i = 0; !st && i < ft_table_rows(&t) && (!max || i < max); i++) {
            ft_str_clear(&s);
            ft_table_row_json(&t, i, &s);
            st = row(arg, &s, err);
        }
        ft_table_release(&t);
    }
    ft_str_release(&s);
    return st;
}
