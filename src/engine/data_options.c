/* Options to the words of src/data: see data_options.h. */
#include "engine/data_options.h"

#include "util/log.h"

static const char *given(const struct ft_options *o, enum ft_opt id)
{
    return ft_options_given(o, id) ? ft_options_text(o, id) : NULL;
}

enum ft_status ft_data_columns(const struct ft_table *t, const struct ft_options *o,
                               struct ft_columns *columns, struct ft_err *err)
{
    ft_columns_guess(t, columns);
    return ft_columns_set(t, given(o, FT_OPT_text_column), given(o, FT_OPT_text_pair_column),
                          given(o, FT_OPT_label_column), columns, err);
}

enum ft_status ft_data_examples_opt(struct ft_examples_opt *opt, const struct ft_options *o,
                                    struct ft_err *err)
{
    opt->seed = (uint64_t)ft_options_int(o, FT_OPT_seed);
    opt->limit[FT_PART_TRAIN] = (size_t)ft_options_int(o, FT_OPT_limit);
    enum ft_status st = ft_clean_parse(ft_options_text(o, FT_OPT_clean), &opt->clean, err);
    if (!st && ft_options_given(o, FT_OPT_split))
        st = ft_split_parse(ft_options_text(o, FT_OPT_split), opt->share, err);
    return st;
}

void ft_data_running_text(struct ft_examples_opt *opt, const struct ft_table *t,
                          const struct ft_options *o)
{
    opt->columns.label = opt->columns.pair = -1;
    opt->unlabelled = opt->in_order = true;
    if (!ft_options_given(o, FT_OPT_text_column)) opt->join_n = ft_columns_joined(t, opt->join);
    opt->keep_empty = t->format == FT_FORMAT_TEXT && !ft_options_bool(o, FT_OPT_line_by_line);
}

enum ft_status ft_data_shares(const struct ft_options *o, double share[FT_PART_COUNT],
                              struct ft_err *err)
{
    if (ft_options_given(o, FT_OPT_split))
        return ft_split_parse(ft_options_text(o, FT_OPT_split), share, err);
    ft_split_default(*ft_options_text(o, FT_OPT_validation), *ft_options_text(o, FT_OPT_test),
                     share);
    return FT_OK;
}

void ft_data_say_notes(const struct ft_table *t)
{
    if (t->said) ft_log(FT_LOG_NOTE, "%s: %s", t->path, t->said);
    for (int k = 0; k < FT_NOTE_COUNT; k++) {
        const struct ft_notes *notes = &t->notes[k];
        if (!notes->rows) continue;
        ft_log(FT_LOG_WARN, "%s: %zu row%s (first %zu): %s", t->path, notes->rows,
               notes->rows == 1 ? "" : "s", notes->items[0].row,
               ft_note_text((enum ft_note_kind)k));
    }
}
