/* The labels and probabilities of an audit, from a table or from predictions, and what is written: see
 * audit.h. */
#include "engine/runs/audit.h"

#include "data/read.h"
#include "engine/options/data_options.h"
#include "engine/runs/sweep.h"
#include "util/fs.h"
#include "util/hash.h"
#include "util/json_lines.h"
#include "util/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rows times labels; 8 bytes each. */
static const size_t most_numbers = (size_t)1 << 30;

static void take_labels(struct ft_audit *a, size_t k)
{
    a->k = k;
    a->labels = ft_xcalloc(k + 1, sizeof *a->labels);
}

static enum ft_status take_rows(struct ft_audit *a, const char *path, size_t n, struct ft_err *err)
{
    if (n > most_numbers / (a->k ? a->k : 1))
        return ft_fail(err, FT_FORMAT, "%s: %zu rows of %zu labels are more than an audit can hold",
                       path, n, a->k);
    a->p = ft_xrealloc(a->p, (n + 1) * a->k * sizeof *a->p);
    a->given = ft_xrealloc(a->given, (n + 1) * sizeof *a->given);
    a->row = ft_xrealloc(a->row, (n + 1) * sizeof *a->row);
    a->text = ft_xrealloc(a->text, (n + 1) * sizeof *a->text);
    return FT_OK;
}

static enum ft_status find(struct ft_audit *a, const char *path, struct ft_err *err)
{
    enum ft_status st = ft_label_issues_find(&a->found, a->p, a->given, a->n, a->k, err);
    return st ? ft_fail_in(err, "%s", path), st : FT_OK;
}

/* ---- a table ---- */

static enum ft_status read_row(struct ft_audit *a, const struct ft_table *t,
                               const struct ft_strmap *ids, size_t r, struct ft_err *err)
{
    struct ft_text cell = ft_table_cell(t, r, 0);
    size_t *id = ft_strmap_get(ids, cell.data ? cell.data : "", cell.n);
    if (!id)
        return ft_fail(err, FT_FORMAT, "%s, row %zu: label \"%.*s\" has no column of probabilities",
                       t->path, r + 1, (int)(cell.n < 80 ? cell.n : 80),
                       cell.data ? cell.data : "");
    a->given[r] = (int32_t)*id;
    a->row[r] = r + 1;
    a->text[r] = NULL;
    for (size_t c = 0; c < a->k; c++) {
        cell = ft_table_cell(t, r, c + 1);
        char *text = ft_xstrndup(cell.data ? cell.data : "", cell.n);
        bool ok = ft_parse_double(text, &a->p[r * a->k + c]);
        free(text);
        if (!ok)
            return ft_fail(err, FT_FORMAT, "%s, row %zu, column %s: \"%.*s\" is not a number",
                           t->path, r + 1, a->labels[c], (int)(cell.n < 80 ? cell.n : 80),
                           cell.data ? cell.data : "");
    }
    return FT_OK;
}

static enum ft_status read_table(struct ft_audit *a, const struct ft_table *t, struct ft_err *err)
{
    size_t n = ft_table_rows(t), columns = ft_table_columns(t);
    if (columns < 3)
        return ft_fail(err, FT_FORMAT,
                       "%s: %zu column%s, expected a label and a probability for each of two "
                       "labels or more",
                       t->path, columns, ft_plural(columns));
    take_labels(a, columns - 1);
    struct ft_strmap ids = {0};
    for (size_t c = 0; c < a->k; c++) {
        const char *name = ft_table_name(t, c + 1);
        a->labels[c] = ft_arena_strndup(&a->arena, name, strlen(name));
        ft_strmap_put(&ids, a->labels[c], strlen(name), c);
    }
    enum ft_status st = take_rows(a, t->path, n, err);
    for (size_t r = 0; r < n && !st; r++)
        st = read_row(a, t, &ids, r, err);
    if (!st) a->n = n;
    ft_strmap_release(&ids);
    return st ? st : find(a, t->path, err);
}

enum ft_status ft_audit_table(struct ft_audit *a, const char *path, const struct ft_options *o,
                              struct ft_err *err)
{
    struct ft_table t = {0};
    struct ft_read_opt how = ft_data_read_opt(o);
    if (!how.header) how.header = 1;
    *a = (struct ft_audit){0};
    enum ft_status st = ft_table_read(&t, path, &how, err);
    if (!st) st = read_table(a, &t, err);
    ft_table_release(&t);
    if (st) ft_audit_release(a);
    return st;
}

/* ---- predictions ---- */

static enum ft_status fail_line(const char *path, size_t line, const char *what, struct ft_err *err)
{
    return ft_fail(err, FT_FORMAT, "%s, line %zu: %s", path, line, what);
}

/* The labels of the first line, in its order. */
static void first_labels(struct ft_audit *a, const cJSON *probabilities)
{
    const cJSON *p;
    size_t k = 0;
    take_labels(a, (size_t)cJSON_GetArraySize(probabilities));
    cJSON_ArrayForEach(p, probabilities) a->labels[k++] =
        ft_arena_strndup(&a->arena, p->string, strlen(p->string));
}

struct reading {
    struct ft_audit *a;
    const char *path;
};

static enum ft_status take_line(void *arg, const cJSON *tree, size_t line, struct ft_err *err)
{
    struct ft_audit *a = ((struct reading *)arg)->a;
    const char *path = ((struct reading *)arg)->path;
    if (!tree) return err->code;
    const cJSON *label = ft_json_get(tree, "label"), *p = ft_json_get(tree, "probabilities");
    const cJSON *text = ft_json_get(tree, "text");
    size_t row = ft_json_count(tree, "row");
    if (!cJSON_IsObject(p) || !cJSON_IsString(label) || !row)
        return fail_line(path, line, "expected row, label and probabilities of a classification",
                         err);
    if (!a->labels) first_labels(a, p);
    if ((size_t)cJSON_GetArraySize(p) != a->k)
        return fail_line(path, line, "its labels are not those of the other lines", err);
    enum ft_status st = FT_OK;
    if (!(a->n & (a->n - 1))) st = take_rows(a, path, a->n ? 2 * a->n : 64, err);
    if (st) return st;
    a->given[a->n] = -1;
    for (size_t k = 0; k < a->k; k++) {
        double *x = &a->p[a->n * a->k + k];
        *x = ft_json_number(p, a->labels[k]);
        if (!isfinite(*x))
            return fail_line(path, line, "its labels are not those of the other lines", err);
        if (!strcmp(a->labels[k], label->valuestring)) a->given[a->n] = (int32_t)k;
    }
    if (a->given[a->n] < 0) return fail_line(path, line, "its label has no probability", err);
    a->row[a->n] = row;
    a->text[a->n] = cJSON_IsString(text)
                        ? ft_arena_strndup(&a->arena, text->valuestring, strlen(text->valuestring))
                        : NULL;
    a->n++;
    return FT_OK;
}

/* The data that a run was trained on, and its examples; "" when its run.json does not say. */
static enum ft_status data_of(const char *run, char sha256[65], double *examples,
                              struct ft_err *err)
{
    char *path = ft_path_join(run, "run.json");
    cJSON *tree = NULL;
    enum ft_status st = ft_json_read(path, (size_t)256 << 20, &tree, err);
    const cJSON *data = cJSON_GetArrayItem(ft_json_get(tree, "data"), 0);
    const cJSON *sha = ft_json_get(data, "sha256"), *n = ft_json_get(tree, "examples");
    snprintf(sha256, 65, "%s", cJSON_IsString(sha) ? sha->valuestring : "");
    *examples = ft_json_number(n, "train") + ft_json_number(n, "validation");
    cJSON_Delete(tree);
    free(path);
    return st;
}

struct place {
    size_t row, at;
};

static int by_row(const void *pa, const void *pb)
{
    const struct place *a = pa, *b = pb;
    return a->row < b->row ? -1 : a->row > b->row;
}

/* In the file's order, as a table of the same rows would be: ties of the list go by it. A row that
 * several runs were asked about (repeats) gets the mean of their probabilities. */
static enum ft_status order_rows(struct ft_audit *a, const char *dir, bool repeats,
                                 struct ft_err *err)
{
    struct place *order = ft_xcalloc(a->n + 1, sizeof *order);
    struct ft_audit b = {.k = a->k};
    enum ft_status st = take_rows(&b, dir, a->n, err);
    size_t times = 0;
    for (size_t i = 0; i < a->n; i++)
        order[i] = (struct place){a->row[i], i};
    qsort(order, a->n, sizeof *order, by_row);
    for (size_t i = 0; i < a->n && !st; i++) {
        const double *from = a->p + order[i].at * a->k;
        bool again = b.n && b.row[b.n - 1] == order[i].row;
        if (again && (!repeats || b.given[b.n - 1] != a->given[order[i].at]))
            st = ft_fail(err, FT_FORMAT, "%s: row %zu is in two folds; use another output_dir", dir,
                         order[i].row);
        times = again ? times + 1 : 1;
        double *to = b.p + (again ? b.n - 1 : b.n) * a->k;
        for (size_t k = 0; k < a->k; k++)
            to[k] = again ? to[k] + (from[k] - to[k]) / (double)times : from[k];
        if (again) continue;
        b.given[b.n] = a->given[order[i].at];
        b.row[b.n] = order[i].row;
        b.text[b.n++] = a->text[order[i].at];
    }
    free(order);
    free(a->p);
    free(a->given);
    free(a->row);
    free(a->text);
    a->p = b.p, a->given = b.given, a->row = b.row, a->text = b.text;
    a->n = b.n;
    return st;
}

static enum ft_status read_runs(struct ft_audit *a, const char *dir, char *const *runs, size_t n,
                                bool repeats, struct ft_err *err)
{
    char first[65] = "", sha256[65];
    double examples = 0;
    enum ft_status st = FT_OK;
    for (size_t i = 0; i < n && !st; i++) {
        char *path = ft_path_join(runs[i], "predictions.jsonl");
        st = data_of(runs[i], sha256, &examples, err);
        if (!i) memcpy(first, sha256, sizeof first);
        if (!st && strcmp(first, sha256))
            st = ft_fail(err, FT_FORMAT,
                         "%s: the data file has changed since fold 1 was trained; use another "
                         "output_dir",
                         runs[i]);
        struct reading to = {a, path};
        if (!st) st = ft_json_lines(path, take_line, &to, err);
        free(path);
    }
    if (st) return st;
    if (!a->n) return ft_fail(err, FT_FORMAT, "%s: its folds have no predictions", dir);
    st = order_rows(a, dir, repeats, err);
    if (!st && examples > (double)a->n) a->unscored = (size_t)examples - a->n;
    return st ? st : find(a, dir, err);
}

enum ft_status ft_audit_runs(struct ft_audit *a, const struct ft_audit_plan *p, struct ft_err *err)
{
    char **runs = ft_xcalloc(p->folds + 1, sizeof *runs);
    *a = (struct ft_audit){0};
    for (size_t k = 0; k < p->folds; k++)
        runs[k] = ft_xprintf("%s/fold-%zu", p->dir, k + 1);
    enum ft_status st = read_runs(a, p->dir, runs, p->folds, false, err);
    for (size_t k = 0; k < p->folds; k++)
        free(runs[k]);
    free(runs);
    if (st) ft_audit_release(a);
    return st;
}

enum ft_status ft_audit_sweep(struct ft_audit *a, const char *dir, char **member,
                              struct ft_err *err)
{
    struct ft_sweep s;
    *a = (struct ft_audit){0};
    enum ft_status st = ft_sweep_read(&s, dir, err);
    if (st) return st;
    size_t best = ft_sweep_best(&s);
    const struct ft_sweep_member *m = best < s.n ? &s.members[best] : NULL;
    char **runs = ft_xcalloc(s.repeats + 1, sizeof *runs);
    if (!s.spec.folds)
        st = ft_fail(
            err, FT_USAGE,
            "%s: a sweep without --folds, whose models have seen the rows; use audit --data "
            "F --model M --folds K",
            dir);
    else if (!m || m->state != FT_SWEEP_DONE)
        st = ft_fail(err, FT_USAGE, "%s: no member has trained all folds; --resume %s continues it",
                     dir, dir);
    for (size_t i = 0; i < s.repeats && m; i++)
        runs[i] = m->runs[i].path;
    if (!st) st = read_runs(a, dir, runs, s.repeats, true, err);
    if (!st && member) *member = ft_xstrdup(m->name);
    free(runs);
    ft_sweep_release(&s);
    if (st) ft_audit_release(a);
    return st;
}

/* ---- what is written ---- */

void ft_audit_line(const struct ft_audit *a, size_t i, struct ft_str *out)
{
    const struct ft_label_issue *x = &a->found.items[i];
    ft_str_addf(out, "{\"row\":%zu", a->row[x->row]);
    if (a->text[x->row]) ft_json_put_text(out, "text", a->text[x->row]);
    ft_json_put_text(out, "given", a->labels[a->given[x->row]]);
    ft_json_put_text(out, "suggested", a->labels[x->suggested]);
    ft_json_put_num(out, "margin", x->margin);
    ft_json_add_key(out, "probabilities");
    ft_str_addc(out, '{');
    for (size_t k = 0; k < a->k; k++)
        ft_json_put_num(out, a->labels[k], a->p[x->row * a->k + k]);
    ft_str_addz(out, "}}");
}

enum ft_status ft_audit_write(const struct ft_audit *a, const char *dir, struct ft_err *err)
{
    struct ft_out out;
    struct ft_str line = {0};
    enum ft_status st = ft_mkdirs(dir, err);
    char *path = ft_path_join(dir, "labels.jsonl");
    if (!st && !(st = ft_out_open(&out, path, err))) {
        for (size_t i = 0; i < a->found.n; i++) {
            ft_str_clear(&line);
            ft_audit_line(a, i, &line);
            ft_str_addc(&line, '\n');
            fwrite(line.data, 1, line.len, out.f);
        }
        st = ft_out_commit(&out, err);
    }
    ft_str_release(&line);
    free(path);
    return st;
}

void ft_audit_release(struct ft_audit *a)
{
    free(a->labels);
    free(a->p);
    free(a->given);
    free(a->row);
    free(a->text);
    ft_label_issues_release(&a->found);
    ft_arena_release(&a->arena);
    *a = (struct ft_audit){0};
}
