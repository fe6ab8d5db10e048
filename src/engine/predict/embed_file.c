/* See embed_file.h. */
#include "engine/predict/embed_file.h"

#include "data/read.h"
#include "data/squad.h"
#include "engine/options/data_options.h"
#include "engine/predict/embed.h"
#include "util/clock.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/str.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_ROWS = 512, NPY_ALIGN = 64 };

enum ft_status ft_embed_form_of(const char *path, enum ft_embed_form *form, struct ft_err *err)
{
    static const char *const endings[] = {[FT_EMBED_JSONL] = ".jsonl", [FT_EMBED_NPY] = ".npy"};
    size_t n = strlen(path);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        if (!ft_ends_with(path, n, endings[i])) continue;
        *form = (enum ft_embed_form)i;
        return FT_OK;
    }
    return ft_fail(err, FT_USAGE, "%s: expected an output file ending in .jsonl or .npy", path);
}

/* ---- the texts ---- */

struct input {
    struct ft_table t;
    struct ft_squad q;
    bool squad, contexts;
    size_t column, n;
};

static void input_release(struct input *in)
{
    if (in->squad)
        ft_squad_release(&in->q);
    else
        ft_table_release(&in->t);
}

static struct ft_text text_at(const struct input *in, size_t i)
{
    if (!in->squad) return ft_table_cell(&in->t, i, in->column);
    const struct ft_squad_question *x = &in->q.questions[i];
    return in->contexts ? in->q.paragraphs[x->paragraph].context : x->text;
}

/* An ft_table_progress_fn. */
static bool report(void *arg, const struct ft_table *t, size_t rows, uint64_t bytes_done,
                   uint64_t bytes_total)
{
    (void)t;
    (void)rows;
    ft_job_report(arg, (double)bytes_done, (double)bytes_total, "bytes");
    return !ft_job_cancelled(arg);
}

static enum ft_status read_squad(struct input *in, const char *path, const struct ft_options *o,
                                 struct ft_job *w, struct ft_err *err)
{
    const char *column = ft_options_text(o, FT_OPT_text_column);
    in->squad = true;
    in->contexts = !strcmp(column, "context");
    if (*column && !in->contexts && strcmp(column, "question") != 0)
        return ft_fail(err, FT_USAGE,
                       "%s: has no column %s; the texts of a SQuAD file are question and context",
                       path, column);
    enum ft_status st = ft_squad_read(&in->q, path, report, w, err);
    if (st) return st;
    in->n = in->q.questions_n;
    ft_log(FT_LOG_NOTE, "%s: SQuAD, %zu question%s, text %s", path, in->n, ft_plural(in->n),
           in->contexts ? "context" : "question");
    return FT_OK;
}

static void say_column(const struct input *in, const struct ft_columns *c,
                       const struct ft_options *o)
{
    const struct ft_table *t = &in->t;
    bool told = ft_options_given(o, FT_OPT_text_column) || ft_table_columns(t) == 1;
    bool two = c->pair >= 0 && !ft_options_given(o, FT_OPT_text_column);
    struct ft_str form = {0};
    ft_data_form_text(t, &form);
    ft_log(told && !ft_data_form_guessed(t, o) ? FT_LOG_INFO : FT_LOG_NOTE,
           "%s: %s, %zu row%s, text %s%s%s%s", t->path, ft_str_text(&form), in->n, ft_plural(in->n),
           ft_table_name(t, in->column), c->sure || told ? "" : " (inferred)",
           two ? "; not used: second text " : "", two ? ft_table_name(t, (size_t)c->pair) : "");
    ft_str_release(&form);
}

static enum ft_status read_table(struct input *in, const char *path, const struct ft_read_opt *how,
                                 const struct ft_options *o, struct ft_err *err)
{
    struct ft_columns c;
    enum ft_status st = ft_table_read(&in->t, path, how, err);
    if (st) return st;
    ft_data_say_notes(&in->t);
    st = ft_data_columns(&in->t, o, &c, err);
    if (!st && c.text < 0)
        st = ft_fail(err, FT_FORMAT, "%s: has no column with text; choose one with --text_column",
                     path);
    if (st) return st;
    in->column = (size_t)c.text;
    in->n = ft_table_rows(&in->t);
    if (!in->n) return ft_fail(err, FT_FORMAT, "%s: has no rows", path);
    say_column(in, &c, o);
    return FT_OK;
}

static enum ft_status read_input(struct input *in, const struct ft_embed_file *f, struct ft_job *w,
                                 struct ft_err *err)
{
    struct ft_read_opt how = ft_data_read_opt(f->o);
    enum ft_format format;
    how.progress = report;
    how.progress_arg = w;
    enum ft_status st = ft_format_sniff(f->input, &how, &format, err);
    if (st) return st;
    how.format = format;
    return format == FT_FORMAT_SQUAD ? read_squad(in, f->input, f->o, w, err)
                                     : read_table(in, f->input, &how, f->o, err);
}

/* ---- the output ---- */

struct sink {
    FILE *to;
    const char *name;
    enum ft_embed_form form;
    struct ft_str s; /* a chunk */
};

static enum ft_status put(struct sink *k, struct ft_err *err)
{
    bool ok = fwrite(ft_str_text(&k->s), 1, k->s.len, k->to) == k->s.len;
    ft_str_clear(&k->s);
    return ok ? FT_OK : ft_fail(err, FT_IO, "%s: write failed: %s", k->name, strerror(errno));
}

/* Format 1.0: magic, version, length of what follows, a dictionary padded with blanks so that the
 * data begins at a multiple of 64 bytes. */
static void add_npy_header(struct ft_str *s, size_t rows, size_t size)
{
    struct ft_str d = {0};
    ft_str_addf(&d, "{'descr': '<f4', 'fortran_order': False, 'shape': (%zu, %zu), }", rows, size);
    enum { BEFORE = 10 };
    while ((BEFORE + d.len + 1) % NPY_ALIGN)
        ft_str_addc(&d, ' ');
    ft_str_addc(&d, '\n');
    ft_str_add(s, "\x93NUMPY\x01\x00", 8);
    ft_str_addc(s, (char)(d.len & 0xff));
    ft_str_addc(s, (char)(d.len >> 8));
    ft_str_add(s, d.data, d.len);
    ft_str_release(&d);
}

static void add_le(struct ft_str *s, float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    const char b[4] = {(char)(bits & 0xff), (char)(bits >> 8 & 0xff), (char)(bits >> 16 & 0xff),
                       (char)(bits >> 24)};
    ft_str_add(s, b, sizeof b);
}

static void add_row(struct sink *k, struct ft_text text, const float *v, size_t size)
{
    struct ft_str *s = &k->s;
    if (k->form == FT_EMBED_JSONL) {
        ft_str_addz(s, "{\"text\":");
        ft_json_add_str(s, text.data ? text.data : "", text.n);
        ft_str_addz(s, ",\"embedding\":[");
        for (size_t i = 0; i < size; i++) {
            if (i) ft_str_addc(s, ',');
            ft_json_add_f32(s, v[i]);
        }
        ft_str_addz(s, "]}\n");
        return;
    }
    for (size_t i = 0; i < size; i++)
        add_le(s, v[i]);
}

/* ---- together ---- */

static enum ft_status write_rows(struct ft_embedder *e, const struct input *in, struct sink *k,
                                 struct ft_embed_done *done, struct ft_job *w, struct ft_err *err)
{
    size_t size = ft_embedder_size(e);
    struct ft_text texts[CHUNK_ROWS];
    float *v = ft_xcalloc(CHUNK_ROWS * size, sizeof *v);
    enum ft_status st = FT_OK;
    if (k->form == FT_EMBED_NPY) add_npy_header(&k->s, in->n, size);
    for (size_t from = 0; from < in->n && !st; from += CHUNK_ROWS) {
        size_t n = in->n - from < CHUNK_ROWS ? in->n - from : CHUNK_ROWS;
        double start = ft_now_s();
        for (size_t i = 0; i < n; i++)
            texts[i] = text_at(in, from + i);
        st = ft_embed(e, texts, n, v, w, err);
        done->seconds += ft_now_s() - start;
        for (size_t i = 0; i < n && !st; i++)
            add_row(k, texts[i], v + i * size, size);
        if (!st) st = put(k, err);
    }
    free(v);
    return st;
}

static void say_seen(const struct ft_embedder *e, const char *input)
{
    struct ft_embed_seen seen = ft_embedder_seen(e);
    ft_embedder_warn_unknown(e, input);
    if (seen.truncated)
        ft_log(FT_LOG_NOTE, "%llu text%s truncated to %zu tokens",
               (unsigned long long)seen.truncated, ft_plural((size_t)seen.truncated),
               ft_embedder_max_tokens(e));
    if (seen.empty)
        ft_log(FT_LOG_WARN, "%llu text%s without tokens: the vector is 0",
               (unsigned long long)seen.empty, ft_plural((size_t)seen.empty));
}

/* A full disk is found before hours of work. */
static enum ft_status check_space(const char *path, enum ft_embed_form form, size_t rows,
                                  size_t size, struct ft_err *err)
{
    char *dir = ft_path_dir(path), need[32], have[32];
    int64_t space = ft_disk_free(dir);
    double bytes = (double)rows * (double)size * (form == FT_EMBED_NPY ? 4 : 8);
    free(dir);
    if (space < 0 || bytes <= (double)space) return FT_OK;
    return ft_fail(err, FT_IO, "%s: needs %s, but only %s are free there; free some disk space",
                   path, ft_format_bytes(need, sizeof need, bytes),
                   ft_format_bytes(have, sizeof have, (double)space));
}

static enum ft_status embed(const struct ft_embed_file *f, const struct input *in, struct sink *k,
                            struct ft_embed_done *done, struct ft_job *w, struct ft_err *err)
{
    struct ft_embedder *e = NULL;
    struct ft_str how = {0};
    ft_job_rename(w, "loading the model");
    ft_job_report(w, 0, 0, "");
    enum ft_status st = ft_embedder_open(&e, f->model, f->o, err);
    if (st) return st;
    if (f->normalise) ft_embedder_normalise(e);
    ft_embedder_text(e, &how);
    ft_log(FT_LOG_NOTE, "%s: %s", f->model, ft_str_text(&how));
    ft_str_release(&how);
    done->rows = in->n;
    done->size = ft_embedder_size(e);
    if (f->output) st = check_space(f->output, k->form, in->n, done->size, err);
    ft_embedder_expect(e, in->n);
    ft_job_rename(w, "embedding");
    ft_job_report(w, 0, (double)in->n, "texts");
    if (!st) st = write_rows(e, in, k, done, w, err);
    done->tokens = ft_embedder_seen(e).tokens;
    if (!st) say_seen(e, f->input);
    ft_embedder_free(e);
    return st;
}

enum ft_status ft_embed_file(const struct ft_embed_file *f, struct ft_embed_done *done,
                             struct ft_job *w, struct ft_err *err)
{
    struct input in = {0};
    struct sink k = {.to = f->to, .name = "stdout"};
    struct ft_out out = {0};
    *done = (struct ft_embed_done){0};
    enum ft_status st = f->output ? ft_embed_form_of(f->output, &k.form, err) : FT_OK;
    if (!st && f->output && ft_path_same(f->input, f->output))
        st = ft_fail(err, FT_USAGE, "%s: is the input file; write the vectors to another file",
                     f->output);
    if (!st && f->output && ft_path_is_dir(f->output))
        st = ft_fail(err, FT_EXISTS, "%s: is a folder, expected a file to write", f->output);
    if (!st) st = read_input(&in, f, w, err);
    if (!st && f->output) {
        st = ft_out_open(&out, f->output, err);
        k.to = out.f;
        k.name = f->output;
    }
    if (!st) st = embed(f, &in, &k, done, w, err);
    if (!f->output || st)
        ft_out_abort(&out);
    else
        st = ft_out_commit(&out, err);
    ft_str_release(&k.s);
    input_release(&in);
    return st;
}
