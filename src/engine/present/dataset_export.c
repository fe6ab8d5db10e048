/* The rows of a data set as a file: as they are listed, cleaned, filtered and sorted, with their
 * label and their part. */
#include "engine/present/dataset_in.h"

#include "data/rewrite.h"
#include "engine/tools/data_rewrite.h"
#include "util/record_file.h"

#include <string.h>

enum { FIELDS_MAX = 4 };

/* What the columns are called, by what there is; returns how many. */
struct fields {
    const char *names[FIELDS_MAX];
    size_t n;
    bool pair, label;
};

static struct fields fields_of(const struct ft_dataset *d)
{
    struct fields f = {.label = ft_dataset_labels(d) > 0 || d->build->source->is_squad};
    struct ft_dataset_row r;
    bool squad = d->build->source->is_squad;
    for (size_t i = 0; i < ft_dataset_count(d) && !f.pair; i++)
        f.pair = ft_dataset_row(d, i, &r) && r.pair;
    f.names[f.n++] = squad ? "question" : "text";
    if (f.pair) f.names[f.n++] = squad ? "context" : "text_pair";
    if (f.label) f.names[f.n++] = squad ? "answer" : "label";
    f.names[f.n++] = "part";
    return f;
}

/* "train" of "trn" */
static const char *part_name(const char *part)
{
    static const char *const names[][2] = {
        {"trn", "train"}, {"val", "validation"}, {"tst", "test"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(part, names[i][0])) return names[i][1];
    return NULL;
}

/* Is the row one that is trained on or evaluated? */
static bool taken(const struct ft_dataset_row *r)
{
    return !*r->left && *r->part != '-';
}

size_t ft_dataset_export_n(const struct ft_dataset *d)
{
    struct ft_dataset_row r;
    size_t n = 0;
    for (size_t i = 0; d->build && i < ft_dataset_count(d); i++)
        n += ft_dataset_row(d, i, &r) && taken(&r);
    return n;
}

enum ft_status ft_dataset_export(const struct ft_dataset *d, const char *path, struct ft_err *err)
{
    struct ft_record_file f;
    if (!ft_record_format_of(path)) return ft_record_file_open(&f, path, NULL, 0, err);
    if (!ft_dataset_export_n(d)) return ft_fail(err, FT_USAGE, "there are no rows to write");
    const struct fields x = fields_of(d);
    enum ft_status st = ft_record_file_open(&f, path, x.names, x.n, err);
    if (st) return st;
    for (size_t i = 0; i < ft_dataset_count(d); i++) {
        struct ft_dataset_row r;
        if (!ft_dataset_row(d, i, &r) || !taken(&r)) continue;
        ft_record_text(&f, r.text, r.n);
        if (x.pair && r.pair)
            ft_record_text(&f, r.pair, r.pair_n);
        else if (x.pair)
            ft_record_none(&f);
        if (x.label) ft_record_word(&f, *r.label ? r.label : NULL);
        ft_record_word(&f, part_name(r.part));
    }
    return ft_record_file_close(&f, err);
}

enum ft_status ft_dataset_corrected(const struct ft_dataset *d, const char *path, size_t *changed,
                                    size_t *dropped, struct ft_err *err)
{
    struct ft_data_rewritten done;
    const struct dataset_build *b = d->build;
    if (!b || b->source != d->source)
        return ft_fail(err, FT_USAGE, "the data is not read yet; try again when it is");
    if (b->source->is_squad)
        return ft_fail(err, FT_UNSUPPORTED, "questions have no labels that could be edited");
    if (d->edits_built != d->edits_version)
        return ft_fail(err, FT_USAGE,
                       "the last edits are not applied yet; try again when they are");
    const struct ft_rewrite_opt opt = {.columns = &b->columns,
                                       .edits = &b->edits,
                                       .tagged = b->x.tagged[FT_PART_TRAIN],
                                       .label_delimiter = b->columns.delimiter};
    enum ft_status st =
        ft_data_rewrite_table(&b->source->tables[FT_PART_TRAIN], &opt, path, &done, err);
    if (!st) {
        *changed = done.changed;
        *dropped = done.dropped;
    }
    return st;
}
