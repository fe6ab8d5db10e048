/* `fettle audit`: labels that are probably wrong, and near duplicates (audit_duplicates.c). */
#include "cli/args.h"
#include "cli/audit_duplicates.h"
#include "cli/report.h"
#include "cli/stop.h"
#include "cli/training.h"
#include "engine/runs/audit.h"
#include "engine/train/notify.h"
#include "util/str.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TABLE_ROWS = 20, TEXT_COLUMNS = 48 };

/* The worst of them as a table. */
static void add_table(const struct ft_audit *a, struct ft_str *out)
{
    size_t shown = a->found.n < TABLE_ROWS ? a->found.n : TABLE_ROWS;
    if (shown)
        ft_str_addf(out, "%8s  %6s  %-20s %-20s text\n", "row", "margin", "given", "suggested");
    for (size_t i = 0; i < shown; i++) {
        const struct ft_label_issue *x = &a->found.items[i];
        const char *text = a->text[x->row] ? a->text[x->row] : "";
        struct ft_str line = {0};
        ft_str_addf(&line, "%8zu  %6.3f  %-20.20s %-20.20s ", a->row[x->row], x->margin,
                    a->labels[a->given[x->row]], a->labels[x->suggested]);
        ft_str_add(&line, text, ft_utf8_byte(text, strlen(text), TEXT_COLUMNS));
        ft_text_tame(line.data, line.len);
        ft_str_add(out, line.data, line.len);
        ft_str_addc(out, '\n');
        ft_str_release(&line);
    }
    if (shown < a->found.n) ft_str_addf(out, "%8s  %zu more\n", "..", a->found.n - shown);
}

static int report(const struct ft_args *args, struct ft_audit *a, const char *dir)
{
    struct ft_err err = {0};
    struct ft_str out = {0};
    enum ft_status st = dir ? ft_audit_write(a, dir, &err) : FT_OK;
    if (!st && ft_args_flag(args, "json"))
        for (size_t i = 0; i < a->found.n; i++) {
            ft_audit_line(a, i, &out);
            ft_str_addc(&out, '\n');
        }
    else if (!st)
        add_table(a, &out);
    if (!st) ft_command_print(args, &out);
    if (!st)
        ft_command_say("%zu of %zu label%s are probably wrong%s%s%s", a->found.n, a->n,
                       ft_plural(a->n), dir ? ": " : "", dir ? dir : "",
                       dir ? "/labels.jsonl" : "");
    if (!st && a->unscored)
        ft_command_say("%zu row%s not audited: no other row has the label", a->unscored,
                       a->unscored == 1 ? " was" : "s were");
    ft_str_release(&out);
    ft_audit_release(a);
    return st ? ft_command_fail(args, &err) : ft_command_done();
}

/* Trains the folds that are missing. 0: all are there; else the exit status, with *err where it is a
 * failure. */
static int train(struct ft_audit_plan *p, enum ft_status *st, struct ft_err *err)
{
    struct ft_session_how how;
    size_t before = 0;
    while (ft_audit_next(p, &how)) {
        struct ft_snapshot snap = {0};
        struct ft_scores scores = {0};
        ft_command_say("fold %zu of %zu", p->fold, p->folds);
        if (p->fold == before)
            *st = ft_fail(err, FT_FORMAT,
                          "%s: was trained and has no scores; delete it and start again", p->run);
        else
            *st = ft_training(&p->o, &how, NULL, &snap, &scores, err);
        before = p->fold;
        ft_scores_release(&scores);
        if (*st) return 1;
        if (snap.state == FT_SESSION_STOPPED) {
            ft_command_say("stopped in fold %zu of %zu; the same command goes on", p->fold,
                           p->folds);
            return ft_stop_signal() ? 128 + ft_stop_signal() : 1;
        }
    }
    return 0;
}

static int audit_folds(const struct ft_args *args)
{
    static const enum ft_opt needed[] = {FT_OPT_data, FT_OPT_model, FT_OPT_output_dir};
    struct ft_err err = {0};
    struct ft_audit_plan p;
    struct ft_audit a = {0};
    const char *folds = ft_args_flag(args, "folds");
    long long k = 5;
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!ft_args_option(args, needed[i]))
            return ft_command_usage(args, "--%s is required", ft_option_at(needed[i])->name);
    if (folds && (!ft_parse_i64(folds, &k) || k < 2 || k > FT_AUDIT_FOLDS_MAX))
        return ft_command_usage(args, "--folds %s: expected 2 to %d", folds, FT_AUDIT_FOLDS_MAX);
    char *dir = ft_xstrdup(ft_args_option(args, FT_OPT_output_dir));
    enum ft_status st = ft_audit_plan(&p, &args->o, dir, (size_t)k, &err);
    int rc = st ? 1 : 0;
    if (!st) {
        rc = train(&p, &st, &err);
        if (!rc && (st = ft_audit_runs(&a, &p, &err))) rc = 1;
        ft_audit_plan_release(&p);
    }
    if (st) rc = ft_command_fail(args, &err);
    if (!rc) rc = report(args, &a, dir);
    if (!rc || st) {
        ft_notify(ft_options_text(&args->o, FT_OPT_notify), rc ? FT_NOTIFY_FAILED : FT_NOTIFY_DONE,
                  dir, rc ? err.msg : "the audit is done");
        ft_notify_wait(3);
    }
    free(dir);
    return rc;
}

/* Of a sweep with folds: nothing is trained, and labels.jsonl lies in its folder. */
static int audit_sweep(const struct ft_args *args, const char *dir)
{
    struct ft_audit a = {0};
    struct ft_err err = {0};
    char *member = NULL;
    const char *output = ft_args_option(args, FT_OPT_output_dir);
    if (ft_audit_sweep(&a, dir, &member, &err)) return ft_command_fail(args, &err);
    ft_command_say("probabilities of %s, the best member", member);
    free(member);
    return report(args, &a, output ? output : dir);
}

static int audit_labels(const struct ft_args *args)
{
    const char *table = ft_args_flag(args, "probabilities"), *sweep = ft_args_flag(args, "sweep");
    struct ft_audit a = {0};
    struct ft_err err = {0};
    if (sweep && (table || ft_args_flag(args, "folds") || ft_args_option(args, FT_OPT_data)))
        return ft_command_usage(args, "--sweep has its data and folds; leave out the others");
    if (sweep) return audit_sweep(args, sweep);
    if (!table) return audit_folds(args);
    if (ft_args_flag(args, "folds") || ft_args_option(args, FT_OPT_data))
        return ft_command_usage(args, "use --probabilities or --data, not both");
    if (ft_audit_table(&a, table, &args->o, &err)) return ft_command_fail(args, &err);
    return report(args, &a, ft_args_option(args, FT_OPT_output_dir));
}

/* Duplicates need no folds: they are trained only where --folds asks for the labels, too. */
int ft_cmd_audit(const struct ft_args *args)
{
    const char *duplicates = ft_args_flag(args, "duplicates");
    if (!duplicates) return audit_labels(args);
    if (ft_args_flag(args, "probabilities") || ft_args_flag(args, "sweep"))
        return ft_command_usage(args,
                                "--duplicates compares the rows of --data with --model; leave out "
                                "--probabilities and --sweep");
    int rc = ft_audit_duplicates(args, duplicates);
    return rc || !ft_args_flag(args, "folds") ? rc : audit_labels(args);
}
