/* See audit_duplicates.h. */
#include "cli/audit_duplicates.h"

#include "cli/args.h"
#include "cli/report.h"
#include "cli/stop.h"
#include "engine/runs/duplicate_audit.h"
#include "engine/train/notify.h"
#include "util/fs.h"
#include "util/str.h"

#include <stdio.h>
#include <string.h>

enum { TABLE_ROWS = 20, TEXT_COLUMNS = 60, LABEL_COLUMNS = 14 };

struct work {
    const struct ft_args *args;
    struct ft_duplicate_audit *a;
    double threshold;
};

static enum ft_status find(struct ft_job *w, void *arg, struct ft_err *err)
{
    struct work *x = arg;
    return ft_duplicate_audit_make(&x->a, &x->args->o, x->threshold, w, err);
}

static void add_text(struct ft_str *out, const char *text, size_t all, size_t columns)
{
    struct ft_str s = {0};
    size_t n = ft_utf8_byte(text, all, columns);
    ft_str_add(&s, text, n);
    for (size_t i = 0; i < s.len; i++)
        if (s.data[i] == '\n' || s.data[i] == '\t' || s.data[i] == '\r') s.data[i] = ' ';
    if (s.len) ft_text_tame(s.data, s.len);
    ft_str_add(out, ft_str_text(&s), s.len);
    if (n < all) ft_str_addz(out, "..");
    ft_str_release(&s);
}

/* "leak       0.9713     1234 trn positive       The text of the row", the other row below it. */
static void add_row(const struct ft_duplicate_audit *a, size_t i, struct ft_str *out)
{
    struct ft_str label = {0}, cell = {0};
    struct ft_duplicate_row r = ft_duplicate_audit_row(a, i, &label);
    add_text(&cell, ft_str_text(&label), label.len, LABEL_COLUMNS - 2);
    size_t wide = ft_utf8_chars(ft_str_text(&cell), cell.len);
    ft_str_addf(out, " %8zu %s %s", r.row, r.part, ft_str_text(&cell));
    for (; wide < LABEL_COLUMNS; wide++)
        ft_str_addc(out, ' ');
    ft_str_addc(out, ' ');
    add_text(out, r.text, r.n, r.pair ? TEXT_COLUMNS / 2 : TEXT_COLUMNS);
    if (r.pair) {
        ft_str_addz(out, " | ");
        add_text(out, r.pair, r.pair_n, TEXT_COLUMNS / 2);
    }
    ft_str_addc(out, '\n');
    ft_str_release(&label);
    ft_str_release(&cell);
}

static void add_table(const struct ft_duplicate_audit *a, struct ft_str *out)
{
    const struct ft_near_duplicates *found = ft_duplicate_audit_found(a);
    size_t shown = found->n < TABLE_ROWS ? found->n : TABLE_ROWS;
    if (shown)
        ft_str_addf(out, "%-9s %6s %9s %-3s %-*s text\n", "kind", "sim.", "row", "", LABEL_COLUMNS,
                    "label");
    for (size_t i = 0; i < shown; i++) {
        const struct ft_near_item *x = &found->items[i];
        ft_str_addf(out, "%-9s %6.4f", ft_near_name(x->kind), x->similarity);
        add_row(a, x->row, out);
        ft_str_addf(out, "%-16s", "");
        add_row(a, x->other, out);
    }
    if (shown < found->n) ft_str_addf(out, ".. %zu more\n", found->n - shown);
}

/* Models that were not made for sentence embeddings, or that know a few labels only, give all texts nearly the
 * same vector. */
static void say_alike(const struct ft_near_duplicates *found, size_t texts)
{
    enum { TEXTS_MIN = 50, PERCENT = 5 };
    double all = (double)texts * ((double)texts - 1) / 2;
    if (texts < TEXTS_MIN || found->text_pairs * 100 < PERCENT * all) return;
    ft_command_say("%.0f%% of all pairs are similar: this model hardly tells these texts apart; "
                   "use one for sentence embeddings, or a higher threshold",
                   100 * found->text_pairs / all);
}

static void say_found(const struct ft_duplicate_audit *a, const char *dir)
{
    const struct ft_near_duplicates *found = ft_duplicate_audit_found(a);
    struct ft_duplicate_facts f = ft_duplicate_audit_facts(a);
    const size_t *n = found->by_kind;
    char pairs[32], rows[32];
    if (f.without)
        ft_command_say("%zu row%s without text not compared", f.without, ft_plural(f.without));
    if (f.truncated)
        ft_command_say("%zu of %zu texts compared by their first tokens (--max_seq_length)",
                       f.truncated, f.texts);
    ft_command_say("%s row%s compared, threshold %g: %s similar pair%s in %zu group%s",
                   ft_format_count(rows, sizeof rows, (long long)f.rows), ft_plural(f.rows),
                   f.threshold, ft_format_count(pairs, sizeof pairs, (long long)found->pairs),
                   ft_plural((size_t)found->pairs), found->groups, ft_plural(found->groups));
    say_alike(found, f.texts);
    ft_command_say("leaks between splits: %zu, conflicting labels: %zu, duplicates: %zu%s%s%s",
                   n[FT_NEAR_LEAK], n[FT_NEAR_CONFLICT], n[FT_NEAR_DUPLICATE], dir ? ": " : "",
                   dir ? dir : "", dir ? "/duplicates.jsonl" : "");
}

static void print(const struct ft_args *args, const struct ft_duplicate_audit *a)
{
    struct ft_str out = {0};
    if (!ft_args_flag(args, "json")) add_table(a, &out);
    for (size_t i = 0; i < ft_duplicate_audit_found(a)->n && ft_args_flag(args, "json"); i++) {
        ft_duplicate_audit_line(a, i, &out);
        ft_str_addc(&out, '\n');
    }
    ft_command_print(args, &out);
    ft_str_release(&out);
}

int ft_audit_duplicates(const struct ft_args *args, const char *text)
{
    struct work x = {.args = args};
    struct ft_err err = {0};
    const char *dir = ft_args_option(args, FT_OPT_output_dir);
    if (ft_near_threshold_parse(text, &x.threshold, &err))
        return ft_command_usage(args, "--duplicates %s", err.msg);
    if (!ft_args_option(args, FT_OPT_data)) return ft_command_usage(args, "--data is required");
    if (!ft_args_option(args, FT_OPT_model)) return ft_command_usage(args, "--model is required");
    if (dir && ft_path_exists(dir) && !ft_path_is_dir(dir)) {
        ft_fail(&err, FT_EXISTS, "%s: is a file, expected a folder to write into", dir);
        return ft_command_fail(args, &err);
    }
    enum ft_status st = ft_stop_work("reading", find, &x, &err);
    if (st == FT_CANCELLED && ft_stop_signal()) {
        ft_command_say("stopped; duplicates were not listed");
        return 128 + ft_stop_signal();
    }
    if (!st && dir) st = ft_duplicate_audit_write(x.a, dir, &err);
    if (x.a) { /* also where it could not be written: it took minutes */
        print(args, x.a);
        say_found(x.a, st ? NULL : dir);
    }
    ft_duplicate_audit_free(x.a);
    if (!ft_args_flag(args, "folds")) { /* else at the end of the folds */
        ft_notify(ft_options_text(&args->o, FT_OPT_notify), st ? FT_NOTIFY_FAILED : FT_NOTIFY_DONE,
                  dir ? dir : ".", st ? err.msg : "the audit is done");
        ft_notify_wait(3);
    }
    return st ? ft_command_fail(args, &err) : ft_command_done();
}
