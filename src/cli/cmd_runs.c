/* `fettle runs`, `compare`, `note` and `report`: what was trained, beside each other. */
#include "cli/args.h"
#include "cli/report.h"
#include "engine/runs/paired_test.h"
#include "engine/runs/run_page.h"
#include "engine/runs/runs.h"
#include "engine/runs/sweep_page.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/mem.h"
#include "util/str.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_number(struct ft_str *s, const char *form, double x, bool known)
{
    char text[32] = "-";
    if (known && isfinite(x)) snprintf(text, sizeof text, "%.4f", x);
    ft_str_addf(s, form, text);
}

/* Text of a file on a terminal: control characters, ASCII and C1 ones, become blanks. `width`:
 * padded to so many columns. */
static void add_plain(struct ft_str *s, const char *text, size_t width)
{
    size_t columns = 0;
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        bool c1 = p[0] == 0xC2 && p[1] >= 0x80 && p[1] < 0xA0;
        p += c1;
        ft_str_addc(s, c1 || *p < 0x20 || *p == 0x7F ? ' ' : (char)*p);
        columns += c1 || (*p & 0xC0) != 0x80;
    }
    for (; columns < width; columns++)
        ft_str_addc(s, ' ');
}

static void add_row(struct ft_str *s, const struct ft_run *r)
{
    bool scored = r->scores.examples > 0;
    add_plain(s, r->name, 32);
    ft_str_addf(s, " %-10s ", ft_run_state_name(r->state));
    if (r->state == FT_RUN_UNREADABLE) {
        add_plain(s, r->why, 0);
        ft_str_addc(s, '\n');
        return;
    }
    add_plain(s, r->task, 9);
    ft_str_addf(s, " %7llu ", (unsigned long long)r->step);
    add_number(s, "%8s ", r->best, r->has_best);
    add_number(s, "%8s ", r->scores.accuracy, scored);
    add_number(s, "%8s ", r->scores.f1, scored);
    add_number(s, "%8s", r->scores.loss, scored);
    char progress[160];
    if (*ft_run_progress(r, progress, sizeof progress)) ft_str_addf(s, "  %s", progress);
    if (*r->note) ft_str_addz(s, "  ");
    add_plain(s, r->note, 0);
    ft_str_addc(s, '\n');
}

static const char heading[] = "run                              state      task         step     "
                              "best accuracy       f1     loss\n";

static void add_sweep(struct ft_str *s, const char *dir)
{
    struct ft_sweep w;
    struct ft_err err = {0};
    add_plain(s, dir, 32);
    if (ft_sweep_read(&w, dir, &err)) {
        ft_str_addf(s, " unreadable ");
        add_plain(s, err.msg, 0);
        ft_str_addc(s, '\n');
        return;
    }
    size_t best = ft_sweep_best(&w), planned = (size_t)ft_sweep_spec_members(&w.spec), done = 0;
    for (size_t i = 0; i < w.n; i++)
        done += w.members[i].state == FT_SWEEP_DONE || w.members[i].state == FT_SWEEP_STOPPED;
    ft_str_addf(s, " %-10s sweep     %s, %zu of %zu member%s done", ft_sweep_state_name(w.state),
                ft_sweep_strategy_name(w.spec.strategy), done, planned, ft_plural(planned));
    if (best < w.n)
        ft_str_addf(s, ", best %s: %s %.4f", w.members[best].name, w.metric, w.members[best].mean);
    ft_str_addc(s, '\n');
    ft_sweep_release(&w);
}

int ft_cmd_runs(const struct ft_args *a)
{
    const char *dir = a->words_n ? a->words[0] : ft_path_is_dir("runs") ? "runs" : ".";
    bool json = ft_args_flag(a, "json") != NULL;
    struct ft_runs runs = {0};
    struct ft_err err = {0};
    struct ft_str s = {0};
    if (ft_runs_list(&runs, dir, NULL, &err)) return ft_command_fail(a, &err);
    if (!json && runs.n) ft_str_addz(&s, heading);
    char *last = NULL;
    for (size_t i = 0; i < runs.n; i++) {
        if (json) {
            ft_run_json(&runs.items[i], &s);
            ft_str_addc(&s, '\n');
            continue;
        }
        char *sweep = ft_sweep_of(runs.items[i].path);
        if (sweep && (!last || strcmp(last, sweep) != 0)) add_sweep(&s, sweep);
        free(last);
        last = sweep;
        add_row(&s, &runs.items[i]);
    }
    free(last);
    ft_command_print(a, &s);
    if (!runs.n) ft_command_say("no runs in %s and its subfolders", dir);
    if (runs.cut) ft_command_say("not all folders were searched; choose a folder inside %s", dir);
    ft_str_release(&s);
    ft_runs_release(&runs);
    return ft_command_done();
}

static void compare_text(const struct ft_run *const *runs, size_t n, const enum ft_opt *which,
                         size_t differ, const char *why, struct ft_str *s)
{
    ft_str_addz(s, heading);
    for (size_t i = 0; i < n; i++)
        add_row(s, runs[i]);
    if (differ) ft_str_addz(s, "\noptions that differ\n");
    for (size_t k = 0; k < differ; k++) {
        ft_str_addf(s, "  %-28s", ft_option_at(which[k])->name);
        for (size_t i = 0; i < n; i++) {
            const char *text = runs[i]->state == FT_RUN_UNREADABLE
                                   ? "?"
                                   : ft_options_text(&runs[i]->options, which[k]);
            ft_str_addz(s, "  ");
            add_plain(s, *text ? text : "-", 0);
        }
        ft_str_addc(s, '\n');
    }
    if (*why) {
        ft_str_addz(s, "\nnot comparable: ");
        add_plain(s, why, 0);
        ft_str_addc(s, '\n');
    }
}

/* Of two runs: whether the one is really better, on the examples that both were scored on. */
static void add_test(const struct ft_run *const *runs, struct ft_str *s)
{
    struct ft_paired_test t;
    struct ft_err err = {0};
    struct ft_str text = {0};
    if (ft_runs_paired(runs, &t, &err)) {
        ft_command_say("no paired test: %s", err.msg);
        return;
    }
    ft_paired_test_text(&t, runs[0]->name, runs[1]->name, &text);
    if (text.len) ft_str_addz(s, "\npaired test: ");
    add_plain(s, ft_str_text(&text), 0);
    if (text.len && isfinite(t.mcnemar)) ft_str_addf(s, "; McNemar's test p %.3g", t.mcnemar);
    if (text.len) ft_str_addc(s, '\n');
    ft_str_release(&text);
}

int ft_cmd_compare(const struct ft_args *a)
{
    size_t n = a->words_n, read = 0;
    struct ft_run *runs = ft_xcalloc(n, sizeof *runs);
    const struct ft_run **list = ft_xcalloc(n, sizeof *list);
    enum ft_opt which[FT_OPT_COUNT];
    struct ft_err err = {0};
    struct ft_str s = {0}, why = {0};
    enum ft_status st = FT_OK;
    for (; read < n; read++) {
        if ((st = ft_run_read(&runs[read], a->words[read], &err))) break;
        list[read] = &runs[read];
    }
    if (!st) {
        if (ft_args_flag(a, "json")) {
            ft_runs_compare_json(list, n, &s);
        } else {
            size_t differ = ft_runs_differ(list, n, which);
            if (ft_runs_comparable(list, n, &why)) ft_str_clear(&why);
            compare_text(list, n, which, differ, ft_str_text(&why), &s);
            if (n == 2) add_test(list, &s);
        }
        ft_command_print(a, &s);
    }
    for (size_t i = 0; i < read; i++)
        ft_run_release(&runs[i]);
    free(runs);
    free(list);
    ft_str_release(&s);
    ft_str_release(&why);
    return st ? ft_command_fail(a, &err) : ft_command_done();
}

int ft_cmd_note(const struct ft_args *a)
{
    struct ft_err err = {0};
    struct ft_str text = {0};
    for (size_t i = 1; i < a->words_n; i++)
        ft_str_addf(&text, "%s%s", i > 1 ? " " : "", a->words[i]);
    enum ft_status st = ft_run_note(a->words[0], ft_str_text(&text), &err);
    ft_str_release(&text);
    return st ? ft_command_fail(a, &err) : ft_command_done();
}

int ft_cmd_report(const struct ft_args *a)
{
    struct ft_err err = {0};
    const char *output = ft_args_flag(a, "output");
    if (!output)
        return ft_command_usage(a, "--output is required: a name that ends in .html or .md");
    enum ft_status st = ft_sweep_is(a->words[0]) ? ft_sweep_page_write(a->words[0], output, &err)
                                                 : ft_run_page_write(a->words[0], output, &err);
    if (st) return ft_command_fail(a, &err);
    ft_command_say("report: %s", output);
    return ft_command_done();
}
