/* See data_rewrite.h. */
#include "engine/tools/data_rewrite.h"

#include "data/label_form.h"
#include "data/read.h"
#include "data/rewrite.h"
#include "engine/options/data_options.h"
#include "engine/task/run_tags.h"
#include "engine/tools/inspect_in.h"
#include "util/fs.h"
#include "util/str.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Does the file begin with UTF-8's byte order mark? */
static bool has_mark(const char *path)
{
    char head[3] = "";
    FILE *f = fopen(path, "rbe");
    bool mark =
        f && fread(head, 1, sizeof head, f) == sizeof head && !memcmp(head, "\xEF\xBB\xBF", 3);
    if (f) fclose(f);
    return mark;
}

static enum ft_status check_output(const char *data, const char *output, struct ft_err *err)
{
    size_t n = strlen(output);
    if (ft_path_same(data, output))
        return ft_fail(err, FT_USAGE,
                       "%s is the data file, which is never written; choose another name", output);
    if (n > 3 && (!strcasecmp(output + n - 3, ".gz") || !strcasecmp(output + n - 3, ".xz")))
        return ft_fail(err, FT_USAGE, "%s: is written uncompressed; choose a name without %s",
                       output, output + n - 3);
    return FT_OK;
}

enum ft_status ft_data_rewrite_table(const struct ft_table *t, const struct ft_rewrite_opt *opt,
                                     const char *output, struct ft_data_rewritten *done,
                                     struct ft_err *err)
{
    struct ft_str text = {0};
    struct ft_rewritten r;
    memset(done, 0, sizeof *done);
    enum ft_status st = check_output(t->path, output, err);
    if (!st && !t->compression && has_mark(t->path)) ft_str_add(&text, "\xEF\xBB\xBF", 3);
    if (!st) st = ft_rewrite(t, opt, &text, &r, err);
    if (!st) st = ft_file_write(output, ft_str_text(&text), text.len, err);
    if (!st)
        *done = (struct ft_data_rewritten){
            .rows = ft_table_rows(t),
            .changed = r.changed,
            .dropped = r.dropped,
            .stale = r.stale,
            .encoding = ft_encoding_is_utf8(t->encoding) ? NULL : ft_encoding_name(t->encoding)};
    ft_str_release(&text);
    return st;
}

/* The sentences with their edited tags; words of texts are those of the model's tokenizer, as when they
 * were edited. */
static enum ft_status read_tags(struct ft_tagged *g, const struct ft_table *t,
                                const struct ft_options *o, const struct ft_edits *edits,
                                struct ft_columns *c, struct ft_err *err)
{
    const char *model = ft_options_text(o, FT_OPT_model);
    struct ft_labels names;
    struct ft_tok *tok = NULL;
    enum ft_status st = *model ? ft_inspect_tok(&tok, model, err) : FT_OK;
    ft_run_tags_names(o, &names);
    struct ft_run_tags_opt opt = {.o = o, .names = &names, .tok = tok, .edits = edits};
    if (!st) st = ft_run_tags_read(g, t, &opt, c, err);
    if (st) memset(g, 0, sizeof *g);
    ft_labels_release(&names);
    ft_tok_free(tok);
    return st;
}

enum ft_status ft_data_rewrite(const struct ft_options *o, const char *output,
                               struct ft_data_rewritten *done, struct ft_err *err)
{
    const char *path = ft_options_text(o, FT_OPT_data), *edits = ft_options_text(o, FT_OPT_edits);
    struct ft_read_opt how = ft_data_read_opt(o);
    struct ft_table t = {0};
    struct ft_edits e = {0};
    struct ft_columns c;
    struct ft_rewrite_opt opt = {.columns = &c, .edits = &e};
    struct ft_tagged tagged = {0};
    enum ft_format format;
    enum ft_status st = check_output(path, output, err);
    if (!st) st = ft_format_sniff(path, &how, &format, err);
    if (!st && format == FT_FORMAT_SQUAD)
        st =
            ft_fail(err, FT_UNSUPPORTED, "%s: questions have no labels that could be edited", path);
    if (!st) st = ft_table_read(&t, path, &how, err);
    if (!st) st = ft_data_columns(&t, o, &c, err);
    if (!st && *edits) st = ft_edits_read(&e, edits, err);
    bool tags = !st && e.n && ft_run_tags_wanted(&t, o);
    if (tags) {
        st = read_tags(&tagged, &t, o, &e, &c, err);
        opt.tagged = &tagged;
    }
    if (!st && !tags && ft_data_problem(&t, o, &c) == FT_PROBLEM_TYPE_MULTI_LABEL)
        ft_label_form_settle(&t, &c);
    opt.label_delimiter = c.delimiter;
    if (!st) st = ft_data_rewrite_table(&t, &opt, output, done, err);
    ft_tagged_release(&tagged);
    ft_edits_release(&e);
    ft_table_release(&t);
    return st;
}
