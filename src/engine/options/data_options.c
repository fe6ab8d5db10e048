/* Options to the words of src/data: see data_options.h. */
#include "data/read.h"
#include "data/label_form.h"
#include "engine/options/data_options.h"

#include "util/log.h"
#include "util/str.h"

#include <stdio.h>
#include <string.h>

static const char *given(const struct ft_options *o, enum ft_opt id)
{
    return ft_options_given(o, id) ? ft_options_text(o, id) : NULL;
}

static const enum ft_opt form[] = {FT_OPT_delimiter, FT_OPT_quote, FT_OPT_header, FT_OPT_encoding};
enum { FORM = sizeof form / sizeof *form };

struct ft_read_opt ft_data_read_opt(const struct ft_options *o)
{
    struct ft_read_opt how = {0};
    int header = ft_options_choice(o, FT_OPT_header);
    /* they were checked when they were set */
    ft_delimiter_parse(ft_options_text(o, FT_OPT_delimiter), &how.delimiter, NULL);
    ft_quote_parse(ft_options_text(o, FT_OPT_quote), &how.quote, NULL);
    ft_encoding_parse(ft_options_text(o, FT_OPT_encoding), &how.encoding, NULL);
    how.header = header == FT_HEADER_PRESENT ? 1 : header == FT_HEADER_ABSENT ? -1 : 0;
    return how;
}

bool ft_data_is_form(enum ft_opt id)
{
    for (int i = 0; i < FORM; i++)
        if (form[i] == id) return true;
    return false;
}

void ft_data_reset_form(struct ft_options *o)
{
    for (int i = 0; i < FORM; i++)
        ft_options_reset(o, form[i]);
}

static bool is_cells(const struct ft_table *t)
{
    return t->format == FT_FORMAT_CSV || t->format == FT_FORMAT_TSV;
}

void ft_data_form_text(const struct ft_table *t, struct ft_str *out)
{
    ft_str_addf(out, "%s, %s%s%s", ft_format_name(t->format), ft_encoding_name(t->encoding),
                t->compression ? ", compressed as " : "", t->compression ? t->compression : "");
    if (!is_cells(t)) return;
    if (!strcmp(ft_delimiter_name(t->delimiter), "custom"))
        ft_str_addf(out, ", delimiter %c", t->delimiter);
    else
        ft_str_addf(out, ", delimiter %s", ft_delimiter_name(t->delimiter));
    if (t->quote != '"') ft_str_addf(out, ", quote %s", ft_quote_name(t->quote));
    ft_str_addz(out,
                t->has_header ? ", header row" : ", no header row: the first row is an example");
}

bool ft_data_form_guessed(const struct ft_table *t, const struct ft_options *o)
{
    bool other = !ft_encoding_is_utf8(t->encoding) && !ft_options_given(o, FT_OPT_encoding);
    bool cells = is_cells(t) &&
                 (!ft_options_given(o, FT_OPT_header) || !ft_options_given(o, FT_OPT_delimiter));
    return other || cells;
}

enum ft_status ft_data_columns(const struct ft_table *t, const struct ft_options *o,
                               struct ft_columns *columns, struct ft_err *err)
{
    ft_columns_guess(t, columns);
    snprintf(columns->delimiter, sizeof columns->delimiter, "%s",
             ft_options_text(o, FT_OPT_label_delimiter));
    return ft_columns_set(t, given(o, FT_OPT_text_column), given(o, FT_OPT_text_pair_column),
                          given(o, FT_OPT_label_column), columns, err);
}

enum ft_problem_type ft_data_problem(const struct ft_table *t, const struct ft_options *o,
                                     const struct ft_columns *columns)
{
    int named = ft_options_choice(o, FT_OPT_problem_type);
    return named >= 0 ? (enum ft_problem_type)(named + 1) : ft_label_form_problem(t, columns);
}

void ft_data_targets(struct ft_examples_opt *opt, const struct ft_table *t,
                     enum ft_problem_type type)
{
    opt->several = type == FT_PROBLEM_TYPE_MULTI_LABEL;
    opt->numbers = type == FT_PROBLEM_TYPE_REGRESSION;
    if (opt->several) ft_label_form_settle(t, &opt->columns);
}

void ft_data_label_columns(const struct ft_table *t, const struct ft_columns *columns,
                           const char *between, struct ft_str *out)
{
    for (size_t i = 0; i < columns->labels_n; i++)
        ft_str_addf(out, "%s%s", i ? between : "", ft_table_name(t, (size_t)columns->labels[i]));
    if (!columns->labels_n && columns->label >= 0)
        ft_str_addz(out, ft_table_name(t, (size_t)columns->label));
}

enum ft_status ft_data_examples_opt(struct ft_examples_opt *opt, const struct ft_options *o,
                                    struct ft_err *err)
{
    opt->seed = (uint64_t)ft_options_int(o, FT_OPT_seed);
    opt->limit[FT_PART_TRAIN] = (size_t)ft_options_int(o, FT_OPT_limit);
    enum ft_status st = ft_clean_parse(ft_options_text(o, FT_OPT_clean), &opt->clean, err);
    if (!st && ft_options_given(o, FT_OPT_split))
        st = ft_split_parse(ft_options_text(o, FT_OPT_split), opt->share, err);
    if (!st) st = ft_fold_parse(ft_options_text(o, FT_OPT_fold), &opt->fold, err);
    if (!st)
        st = ft_sample_size_parse(ft_options_text(o, FT_OPT_max_train_samples), &opt->train_size,
                                  err);
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
                              struct ft_fold *fold, struct ft_err *err)
{
    enum ft_status st = ft_fold_parse(ft_options_text(o, FT_OPT_fold), fold, err);
    if (st) return st;
    if (ft_options_given(o, FT_OPT_split))
        return ft_split_parse(ft_options_text(o, FT_OPT_split), share, err);
    ft_split_default(*ft_options_text(o, FT_OPT_validation), *ft_options_text(o, FT_OPT_test),
                     share);
    return FT_OK;
}

void ft_data_say_notes(const struct ft_table *t)
{
    size_t broken = t->notes[FT_NOTE_UTF8].rows;
    if (ft_encoding_is_utf8(t->encoding) && broken * 10 > ft_table_rows(t))
        ft_log(FT_LOG_WARN,
               "%s: is not UTF-8, and does not look like windows-1252; set its encoding: "
               "--encoding windows-1251, shift_jis, gb18030, ..",
               t->path);
    if (t->said) ft_log(FT_LOG_NOTE, "%s: %s", t->path, t->said);
    for (int k = 0; k < FT_NOTE_COUNT; k++) {
        const struct ft_notes *notes = &t->notes[k];
        if (!notes->rows) continue;
        ft_log(FT_LOG_WARN, "%s: %zu row%s (first %zu): %s", t->path, notes->rows,
               ft_plural(notes->rows), notes->items[0].row, ft_note_text((enum ft_note_kind)k));
    }
}
