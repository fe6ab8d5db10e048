/* See run_tags.h. */
#include "engine/task/run_tags.h"

#include "data/hub.h"
#include "data/read.h"
#include "engine/model/model_file.h"
#include "engine/options/data_options.h"
#include "util/fs.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/str.h"

#include <stdlib.h>
#include <string.h>

enum { LOOK_ROWS = 200 };

bool ft_run_tags_there(const char *path, const struct ft_options *o)
{
    struct ft_read_opt how = ft_data_read_opt(o);
    struct ft_tagged_columns c = {.form = FT_TAGGED_NONE};
    struct ft_table t;
    how.rows_max = LOOK_ROWS;
    if (!ft_table_read(&t, path, &how, NULL) || ft_table_rows(&t))
        ft_tagged_find(&t, ft_options_text(o, FT_OPT_text_column),
                       ft_options_text(o, FT_OPT_label_column), false, &c);
    ft_table_release(&t);
    return c.form != FT_TAGGED_NONE;
}

void ft_run_tags_names(const struct ft_options *o, struct ft_labels *names)
{
    const char *p = ft_options_text(o, FT_OPT_label_names);
    ft_labels_init(names);
    while (*p) {
        size_t n = strcspn(p, ",");
        struct ft_text s = ft_text_trim((struct ft_text){p, n});
        if (s.n) ft_labels_add(names, s.data, s.n);
        p += n + (p[n] == ',');
    }
    const char *model = ft_options_text(o, FT_OPT_model);
    struct ft_hf_config c = {0};
    if (names->n || !*model || ft_model_file_config(&c, NULL, model, NULL)) return;
    if (c.head == FT_HEAD_TOKENS && c.labels_given)
        for (size_t i = 0; i < c.label_count; i++)
            ft_labels_add(names, c.labels[i], strlen(c.labels[i]));
    ft_hf_config_release(&c);
}

/* The tokenizer of the model, or of a folder of the run. */
static enum ft_status load_tokenizer(const struct ft_run_tags *r, const struct ft_options *o,
                                     struct ft_err *err)
{
    struct ft_hub_model found = {0};
    if (*r->tok) return FT_OK;
    const char *model = r->tok_dir ? r->tok_dir : ft_options_text(o, FT_OPT_model);
    if (!*model) return FT_OK;
    enum ft_status st = ft_hub_resolve(&found, model, err);
    if (!st) st = ft_tok_load(r->own_tok, found.path, err);
    *r->tok = *r->own_tok;
    ft_hub_model_release(&found);
    return st;
}

static enum ft_status fail_columns(const struct ft_table *t, bool unlabelled, struct ft_err *err)
{
    return ft_fail(err, FT_FORMAT,
                   "%s: %s for ner: expected CoNLL columns, a list of words with a list of as many "
                   "tags ({\"tokens\":[..],\"ner_tags\":[..]}), or texts with spans "
                   "({\"text\":..,\"label\":[[start,end,\"TYPE\"],..]})",
                   t->path, unlabelled ? "no texts" : "no words with tags");
}

static bool marks_ends(const struct ft_labels *labels)
{
    for (size_t i = 0; labels && i < labels->n; i++)
        if ((labels->names[i][0] == 'E' || labels->names[i][0] == 'S') &&
            labels->names[i][1] == '-')
            return true;
    return false;
}

bool ft_run_tags_wanted(const struct ft_table *t, const struct ft_options *o)
{
    struct ft_tagged_columns c;
    int named = ft_options_choice(o, FT_OPT_task);
    if (named >= 0) return ft_task_has((enum ft_task)named, FT_TRAIT_TAGS);
    ft_tagged_find(t, ft_options_text(o, FT_OPT_text_column),
                   ft_options_text(o, FT_OPT_label_column), false, &c);
    return c.form != FT_TAGGED_NONE;
}

enum ft_status ft_run_tags_read(struct ft_tagged *g, const struct ft_table *t,
                                const struct ft_run_tags_opt *in, struct ft_columns *columns,
                                struct ft_err *err)
{
    struct ft_tagged_opt opt = {.names = in->names && in->names->n ? in->names : NULL,
                                .tok = in->tok,
                                .unlabelled = in->unlabelled,
                                .keep_scheme = marks_ends(in->names),
                                .edits = in->edits && in->edits->n ? in->edits : NULL};
    memset(g, 0, sizeof *g);
    ft_tagged_find(t, ft_options_text(in->o, FT_OPT_text_column),
                   ft_options_text(in->o, FT_OPT_label_column), in->unlabelled, &opt.columns);
    if (opt.columns.form == FT_TAGGED_NONE) return fail_columns(t, in->unlabelled, err);
    bool words = opt.columns.form == FT_TAGGED_WORDS;
    if (columns)
        *columns = (struct ft_columns){.text = words ? opt.columns.words : opt.columns.text,
                                       .pair = -1,
                                       .label = opt.columns.tags,
                                       .sure = t->format == FT_FORMAT_CONLL};
    return ft_tagged_build(g, t, &opt, err);
}

/* Has a table texts, whose words are the tokenizer's? */
static bool has_texts(const struct ft_table *t, const struct ft_options *o, bool unlabelled)
{
    struct ft_tagged_columns c;
    ft_tagged_find(t, ft_options_text(o, FT_OPT_text_column),
                   ft_options_text(o, FT_OPT_label_column), unlabelled, &c);
    return c.form == FT_TAGGED_SPANS || c.form == FT_TAGGED_TEXT;
}

enum ft_status ft_run_tags_build(const struct ft_run_tags *r, const struct ft_options *o,
                                 const struct ft_labels *labels, bool unlabelled,
                                 struct ft_err *err)
{
    struct ft_labels names;
    enum ft_status st = FT_OK;
    if (labels)
        ft_labels_copy(&names, labels);
    else
        ft_run_tags_names(o, &names);
    for (int part = 0; part < FT_PART_COUNT && !st; part++) {
        const struct ft_table *t = &r->tables[part];
        if (!t->path) continue;
        if (has_texts(t, o, unlabelled)) st = load_tokenizer(r, o, err);
        struct ft_run_tags_opt opt = {.o = o,
                                      .names = &names,
                                      .tok = *r->tok,
                                      .edits = part == FT_PART_TRAIN ? r->edits : NULL,
                                      .unlabelled = unlabelled};
        if (!st)
            st = ft_run_tags_read(&r->tagged[part], t, &opt,
                                  part == FT_PART_TRAIN ? r->columns : NULL, err);
    }
    ft_labels_release(&names);
    return st;
}

static void say_file(const struct ft_run_tags *r, enum ft_part part)
{
    const struct ft_tagged *g = &r->tagged[part];
    const struct ft_table *t = &r->tables[part];
    const struct ft_columns *c = r->columns;
    struct ft_str form = {0};
    ft_data_form_text(t, &form);
    if (part == FT_PART_TRAIN && c->text >= 0)
        ft_log(
            FT_LOG_NOTE, "%s: %s, task ner, %zu sentence%s with %zu word%s, %s %s%s%s%s", t->path,
            ft_str_text(&form), g->n, ft_plural(g->n), g->words_n, ft_plural(g->words_n),
            g->form == FT_TAGGED_WORDS ? "words" : "text", ft_table_name(t, (size_t)c->text),
            c->label < 0                 ? ""
            : g->form == FT_TAGGED_WORDS ? ", tags "
                                         : ", spans ",
            c->label < 0 ? "" : ft_table_name(t, (size_t)c->label), c->sure ? "" : " (inferred)");
    if (g->scheme == FT_TAGS_IOB1 || g->scheme == FT_TAGS_IOBES)
        ft_log(FT_LOG_NOTE, "%s: the tags are %s, read as %s", t->path,
               ft_tag_scheme_name(g->scheme), ft_tag_scheme_name(FT_TAGS_IOB2));
    if (g->scheme == FT_TAGS_PLAIN)
        ft_log(
            FT_LOG_NOTE,
            "%s: the tags have no prefixes B- and I-: each is a type, neighbours of one type are "
            "one entity",
            t->path);
    if (g->recounted)
        ft_log(FT_LOG_NOTE, "%s: %zu span%s UTF-16 units, not characters; corrected", t->path,
               g->recounted, ft_by_count(g->recounted, " counts", "s count"));
    ft_str_release(&form);
}

void ft_run_tags_say(const struct ft_run_tags *r)
{
    for (int part = 0; part < FT_PART_COUNT; part++)
        if (r->tables[part].path) say_file(r, (enum ft_part)part);
}
