/* What screen 5 writes: predictions, and the report. */
#include "ui/screens/view_evaluate_in.h"

#include "engine/task/report_table.h"
#include "util/record_file.h"
#include "util/text_table.h"

static bool write_predictions(void *arg, const char *path)
{
    struct evaluate_view *t = arg;
    struct ft_err err = {0};
    size_t n = ft_evaluation_facts(t->e)->examples;
    if (ft_evaluation_write(t->e, path, &err)) {
        ft_app_say_err(t->w->app, &err);
        return false;
    }
    ft_app_say(t->w->app, FT_SAY_OK, "%zu prediction%s written to %s", n, ft_plural(n), path);
    return true;
}

static bool write_report(void *arg, const char *path)
{
    struct evaluate_view *t = arg;
    struct ft_err err = {0};
    bool good = !ft_report_write(&ft_evaluation_facts(t->e)->scores, path, &err);
    if (good)
        ft_app_say(t->w->app, FT_SAY_OK, "report written to %s", path);
    else
        ft_app_say_err(t->w->app, &err);
    return good;
}

static bool on_report(const struct evaluate_view *t)
{
    return t->view.focus == EVAL_REPORT || t->view.focus == EVAL_MATRIX;
}

/* A Markdown file is a report; other formats are what the panel is about. */
static bool take_write(void *arg, const char *path)
{
    struct evaluate_view *t = arg;
    bool report = ft_text_table_delimiter(path) == '|' ||
                  (on_report(t) && ft_record_format_of(path) != FT_RECORD_JSONL);
    return ft_workbench_write_to(t->w, path, report ? write_report : write_predictions, t);
}

bool evaluate_act_predictions(const struct ft_view_call *call)
{
    struct evaluate_view *t = evaluate_of(call->view);
    if (call->given)
        ft_workbench_write_to(t->w, call->arg, write_predictions, t);
    else if (on_report(t))
        ft_app_prompt(t->w->app, "write the report to (.csv .tsv .json .md)", "report.csv", "W",
                      take_write, t);
    else
        ft_app_prompt(t->w->app, "write predictions to (.jsonl .json .csv .tsv, .md: the report)",
                      "predictions.jsonl", "W", take_write, t);
    return true;
}

bool evaluate_act_write(const struct ft_view_call *call)
{
    return call->given && (take_write(evaluate_of(call->view), call->arg) || true);
}

void evaluate_report_to(struct evaluate_view *t, const char *path)
{
    ft_workbench_write_to(t->w, path, write_report, t);
}
