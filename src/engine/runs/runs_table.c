/* Runs beside each other as JSON and as a table: see runs.h. */
#include "engine/runs/paired_test.h"
#include "engine/runs/runs.h"

#include "util/fs.h"
#include "util/json.h"
#include "util/text_table.h"

#include <math.h>
#include <string.h>

void ft_runs_compare_json(const struct ft_run *const *runs, size_t n, struct ft_str *out)
{
    enum ft_opt which[FT_OPT_COUNT];
    struct ft_str why = {0};
    size_t differ = ft_runs_differ(runs, n, which);
    bool comparable = ft_runs_comparable(runs, n, &why);
    ft_str_addf(out, "{\"comparable\":%s", comparable ? "true" : "false");
    if (!comparable) {
        ft_str_addz(out, ",\"why\":");
        ft_json_add_str(out, ft_str_text(&why), why.len);
    }
    ft_str_addz(out, ",\"differ\":{");
    for (size_t k = 0; k < differ; k++) {
        ft_json_add_key(out, ft_option_at(which[k])->name);
        ft_str_addc(out, '[');
        for (size_t i = 0; i < n; i++) {
            if (i) ft_str_addc(out, ',');
            if (runs[i]->state == FT_RUN_UNREADABLE) {
                ft_str_addz(out, "null");
            } else {
                const char *text = ft_options_text(&runs[i]->options, which[k]);
                ft_json_add_str(out, text, strlen(text));
            }
        }
        ft_str_addc(out, ']');
    }
    ft_str_addc(out, '}');
    if (n == 2) {
        struct ft_paired_test t;
        ft_str_addz(out, ",\"test\":");
        if (ft_runs_paired(runs, &t, NULL)) t.examples = 0;
        ft_paired_test_json(&t, out);
    }
    ft_str_addz(out, ",\"runs\":[");
    for (size_t i = 0; i < n; i++) {
        if (i) ft_str_addc(out, ',');
        ft_run_json(runs[i], out);
    }
    ft_str_addz(out, "]}\n");
    ft_str_release(&why);
}

enum row {
    ROW_STATE,
    ROW_TASK,
    ROW_MODEL,
    ROW_DATA,
    ROW_STARTED,
    ROW_STEP,
    ROW_SECONDS,
    ROW_METRIC,
    ROW_BEST,
    ROW_BEST_STEP,
    ROW_PART,
    ROW_ACCURACY,
    ROW_F1,
    ROW_LOSS,
    ROW_NOTE,
    ROWS
};
static const char *const row_names[ROWS] = {[ROW_STATE] = "state",
                                            [ROW_TASK] = "task",
                                            [ROW_MODEL] = "model",
                                            [ROW_DATA] = "data",
                                            [ROW_STARTED] = "started",
                                            [ROW_STEP] = "step",
                                            [ROW_SECONDS] = "seconds",
                                            [ROW_METRIC] = "metric",
                                            [ROW_BEST] = "best",
                                            [ROW_BEST_STEP] = "best_step",
                                            [ROW_PART] = "evaluated on",
                                            [ROW_ACCURACY] = "accuracy",
                                            [ROW_F1] = "f1",
                                            [ROW_LOSS] = "loss",
                                            [ROW_NOTE] = "note"};

static void fact(struct ft_text_table *t, const struct ft_run *r, enum row row)
{
    const double none = (double)NAN;
    bool scored = r->scores.examples > 0;
    switch (row) {
    case ROW_STATE:
        ft_text_table_word(t, ft_run_state_name(r->state));
        break;
    case ROW_TASK:
        ft_text_table_word(t, r->task);
        break;
    case ROW_MODEL:
        ft_text_table_word(t, r->model);
        break;
    case ROW_DATA:
        ft_text_table_word(t, r->data);
        break;
    case ROW_STARTED:
        ft_text_table_word(t, r->started);
        break;
    case ROW_STEP:
        ft_text_table_count(t, r->step);
        break;
    case ROW_SECONDS:
        ft_text_table_number(t, r->seconds);
        break;
    case ROW_METRIC:
        ft_text_table_word(t, r->metric);
        break;
    case ROW_BEST:
        ft_text_table_number(t, r->has_best ? r->best : none);
        break;
    case ROW_BEST_STEP:
        ft_text_table_number(t, r->has_best ? (double)r->best_step : none);
        break;
    case ROW_PART:
        ft_text_table_word(t, scored ? r->scores.part : "");
        break;
    case ROW_ACCURACY:
        ft_text_table_number(t, scored ? r->scores.accuracy : none);
        break;
    case ROW_F1:
        ft_text_table_number(t, scored ? r->scores.f1 : none);
        break;
    case ROW_LOSS:
        ft_text_table_number(t, scored ? r->scores.loss : none);
        break;
    default:
        ft_text_table_word(t, r->note);
        break;
    }
}

/* Of a run that cannot be read only the state is known. */
void ft_runs_compare_table(const struct ft_run *const *runs, size_t n, char delimiter,
                           struct ft_str *out)
{
    struct ft_text_table t = {.out = out, .delimiter = delimiter};
    enum ft_opt which[FT_OPT_COUNT];
    size_t differ = ft_runs_differ(runs, n, which);
    ft_text_table_word(&t, "run");
    for (size_t i = 0; i < n; i++)
        ft_text_table_word(&t, runs[i]->name);
    ft_text_table_end(&t);
    for (int row = 0; row < ROWS; row++) {
        ft_text_table_word(&t, row_names[row]);
        for (size_t i = 0; i < n; i++) {
            if (runs[i]->state == FT_RUN_UNREADABLE && row != ROW_STATE)
                ft_text_table_word(&t, NULL);
            else
                fact(&t, runs[i], (enum row)row);
        }
        ft_text_table_end(&t);
    }
    for (size_t k = 0; k < differ; k++) {
        ft_text_table_word(&t, ft_option_at(which[k])->name);
        for (size_t i = 0; i < n; i++)
            ft_text_table_word(&t, runs[i]->state == FT_RUN_UNREADABLE
                                       ? NULL
                                       : ft_options_text(&runs[i]->options, which[k]));
        ft_text_table_end(&t);
    }
}

enum ft_status ft_runs_compare_write(const struct ft_run *const *runs, size_t n, const char *path,
                                     struct ft_err *err)
{
    const char *dot = strrchr(ft_path_base(path), '.');
    char delimiter = ft_text_table_delimiter(path);
    bool json = dot && !strcmp(dot, ".json");
    struct ft_str out = {0};
    if (!json && !delimiter)
        return ft_fail(err, FT_USAGE, "%s: expected a name ending in .csv, .tsv, .json or .md",
                       path);
    if (json)
        ft_runs_compare_json(runs, n, &out);
    else
        ft_runs_compare_table(runs, n, delimiter, &out);
    enum ft_status st = ft_file_write(path, ft_str_text(&out), out.len, err);
    ft_str_release(&out);
    return st;
}
