/* `fettle predict` and `fettle eval`: one text, a file, or the scores on a file. */
#include "cli/predict_more.h"
#include "engine/task/score_report.h"
#include "cli/report.h"
#include "cli/stop.h"
#include "engine/model/output_dir.h"
#include "engine/options/ranks.h"
#include "engine/predict/predict_rows.h"
#include "engine/task/squad_scores.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/mem.h"
#include "util/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int predict_file(const struct ft_args *a, const struct ft_predict_rows *rows)
{
    struct ft_err err = {0};
    bool json = ft_args_flag(a, "json") != NULL;
    if (ft_predict_write(rows, json ? FT_PREDICT_JSONL : FT_PREDICT_TEXT, stdout, NULL, &err))
        return ft_command_fail(a, &err);
    return ft_command_done();
}

struct to_file {
    const char *model, *output;
    enum ft_predict_form form; /* of output */
    struct ft_predict_rows rows;
};

static enum ft_status to_file_work(struct ft_job *w, void *arg, struct ft_err *err)
{
    struct to_file *f = arg;
    ft_ranks_enter();
    enum ft_status st = ft_predictor_open(&f->rows.p, f->model, f->rows.o, err);
    if (!st && f->rows.explain) st = ft_predict_cli_explains(f->rows.p, err);
    FILE *null = ft_ranks_rank() ? fopen("/dev/null", "we") : NULL; /* rank 0 writes the file */
    if (!st && null)
        st = ft_predict_write(&f->rows, f->form, null, w, err);
    else if (!st)
        st = ft_predict_write_file(&f->rows, f->output, w, err);
    if (null) fclose(null);
    ft_ranks_leave();
    ft_predictor_free(f->rows.p);
    return st;
}

/* On a thread of its own, so that a signal ends it with nothing half written left behind. */
static int predict_to_file(const struct ft_args *a, struct to_file *f)
{
    struct ft_err err = {0};
    if (ft_predict_form_of(f->output, &f->form, &err))
        return ft_command_usage(a, "--output %s", err.msg);
    if (f->rows.explain && f->form != FT_PREDICT_JSONL)
        return ft_command_usage(
            a, "--explain: token attributions need an --output file ending in .jsonl");
    enum ft_status st = ft_stop_work("predicting", to_file_work, f, &err);
    if (st == FT_CANCELLED && ft_stop_signal()) {
        ft_command_say("stopped; %s was not written", f->output);
        return 128 + ft_stop_signal();
    }
    return st ? ft_command_fail(a, &err) : ft_command_done();
}

static int predict_text(const struct ft_args *a, struct ft_predictor *p, const char *text)
{
    struct ft_err err = {0};
    struct ft_prediction x = {0};
    struct ft_str s = {0};
    const char *pair = ft_args_flag(a, "text_pair");
    bool explain = ft_args_flag(a, "explain") != NULL;
    size_t n = strlen(text), pair_n = pair ? strlen(pair) : 0;
    enum ft_status st = ft_predict(p, text, n, pair, pair_n, explain, &x, &err);
    if (!st && ft_args_flag(a, "json")) {
        ft_prediction_json(p, &x, text, n, pair, pair_n, &s);
        ft_str_addc(&s, '\n');
    } else if (!st) {
        ft_prediction_text(p, &x, &s);
    }
    ft_command_print(a, &s);
    if (!st && x.cut) fprintf(stderr, "%zu token%s truncated\n", x.cut, ft_plural(x.cut));
    ft_prediction_release(&x);
    ft_str_release(&s);
    return st ? ft_command_fail(a, &err) : ft_command_done();
}

int ft_cmd_predict(const struct ft_args *a)
{
    const char *model = ft_args_option(a, FT_OPT_model), *text = ft_args_flag(a, "text"),
               *input = ft_args_flag(a, "input");
    struct ft_err err = {0};
    const char *question = ft_args_flag(a, "question"), *prompt = ft_args_flag(a, "prompt");
    struct ft_generate_opt generate;
    bool explain = ft_args_flag(a, "explain") != NULL;
    if (!model) return ft_command_usage(a, "--model is required");
    if (!text + !input + !question + !prompt != 3)
        return ft_command_usage(a, "use one of --text, --question, --prompt or --input");
    if (!question != !ft_args_flag(a, "context"))
        return ft_command_usage(a, "use --question and --context together");
    if (explain && (question || prompt))
        return ft_command_usage(a, "--explain needs a classifier and --text or --input");
    if (input && !ft_path_is_file(input) && !ft_path_is_dir(input) &&
        (!strcmp(input, "-") || ft_path_exists(input)))
        return ft_command_usage(
            a, "--input %s: expected a file, not a pipe: save it to a file first", input);
    if (!ft_predict_cli_options(a, &generate)) return 2;
    struct to_file f = {.model = model,
                        .output = ft_args_flag(a, "output"),
                        .rows = {.o = &a->o,
                                 .input = input,
                                 .text = text,
                                 .pair = ft_args_flag(a, "text_pair"),
                                 .question = question,
                                 .context = ft_args_flag(a, "context"),
                                 .prompt = prompt,
                                 .explain = explain,
                                 .generate = &generate}};
    if (f.output) return predict_to_file(a, &f);
    struct ft_predictor *p = NULL;
    enum ft_status st = ft_predictor_open(&p, model, &a->o, &err);
    if (!st && explain) st = ft_predict_cli_explains(p, &err);
    if (st) {
        ft_predictor_free(p);
        return ft_command_fail(a, &err);
    }
    f.rows.p = p;
    enum ft_task task = ft_predictor_task(p);
    int rc = input                               ? predict_file(a, &f.rows)
             : question                          ? ft_predict_cli_answer(a, p, question)
             : prompt                            ? ft_predict_cli_generate(a, p, prompt)
             : ft_task_has(task, FT_TRAIT_MASKS) ? ft_predict_cli_fill(a, p, text)
             : ft_task_has(task, FT_TRAIT_TAGS)  ? predict_file(a, &f.rows)
                                                 : predict_text(a, p, text);
    if (!input) ft_predictor_warn_unknown(p);
    ft_predictor_free(p);
    return rc;
}

/* A run's eval.json is the evaluation that it ended with: not written over by the way. */
static bool holds_run(const char *dir)
{
    char *path = ft_path_join(dir, "run.json");
    bool holds = ft_path_exists(path);
    free(path);
    return holds;
}

static enum ft_status save_eval(const char *dir, const struct ft_str *json, struct ft_err *err)
{
    enum ft_status st = ft_mkdirs(dir, err);
    char *path = ft_path_join(dir, "eval.json");
    if (!st) st = ft_file_write(path, json->data, json->len, err);
    free(path);
    return st;
}

/* predictions.jsonl, a line for each example. */
static enum ft_status open_lines(const char *dir, struct ft_out *lines, struct ft_err *err)
{
    enum ft_status st = ft_mkdirs(dir, err);
    char *path = ft_path_join(dir, "predictions.jsonl");
    if (!st) st = ft_out_open(lines, path, err);
    free(path);
    return st;
}

/* Without a model: answers that another program gave, against a SQuAD file. */
static int score_answers(const struct ft_args *a)
{
    const char *data = ft_args_option(a, FT_OPT_data);
    struct ft_squad_scores scores;
    struct ft_str out = {0};
    struct ft_err err = {0};
    if (!data) return ft_command_usage(a, "--data is required");
    if (ft_squad_scores_files(&scores, data, ft_args_flag(a, "predictions"),
                              ft_args_flag(a, "na_probs"), 1, &err))
        return ft_command_fail(a, &err);
    if (ft_args_flag(a, "json")) {
        ft_squad_scores_json(&scores, &out);
        ft_str_addc(&out, '\n');
    } else {
        ft_squad_scores_text(&scores, &out);
    }
    if (scores.missing)
        fprintf(stderr, "%zu question%s without a prediction, counted as 0\n", scores.missing,
                ft_plural(scores.missing));
    ft_command_print(a, &out);
    ft_str_release(&out);
    return ft_command_done();
}

int ft_cmd_eval(const struct ft_args *a)
{
    const char *model = ft_args_option(a, FT_OPT_model),
               *dir = ft_args_option(a, FT_OPT_output_dir);
    struct ft_err err = {0};
    bool writes = !ft_ranks_rank();
    if (ft_args_flag(a, "predictions") && model)
        return ft_command_usage(a, "use --predictions or --model, not both");
    if (ft_args_flag(a, "predictions")) return score_answers(a);
    if (ft_args_flag(a, "na_probs")) return ft_command_usage(a, "--na_probs needs --predictions");
    if (!model || !ft_args_option(a, FT_OPT_data))
        return ft_command_usage(a, "--model and --data are required");
    if (dir && writes && holds_run(dir) && !ft_options_bool(&a->o, FT_OPT_overwrite_output_dir))
        return ft_command_usage(a,
                                "--output_dir %s is a run's folder with its own eval.json: choose "
                                "another, or use --overwrite_output_dir",
                                dir);
    struct ft_predictor *p = NULL;
    struct ft_scores scores = {0};
    struct ft_str json = {0}, text = {0};
    struct ft_out lines = {0};
    if (dir && writes && ft_output_dir_check(dir, NULL, &err)) return ft_command_fail(a, &err);
    enum ft_status st = ft_predictor_open(&p, model, &a->o, &err);
    FILE *null = dir && !writes ? fopen("/dev/null", "we") : NULL;
    if (!st && dir && writes) st = open_lines(dir, &lines, &err);
    if (!st) st = ft_evaluate(p, &a->o, NULL, null ? null : lines.f, &scores, NULL, &err);
    if (!st) {
        ft_str_addc(&json, '{');
        ft_scores_json(&scores, &json);
        ft_str_addz(&json, "}\n");
        ft_scores_text(&scores, &text);
    }
    if (lines.f && st)
        ft_out_abort(&lines);
    else if (lines.f)
        st = ft_out_commit(&lines, &err);
    if (null) fclose(null);
    if (!st && dir && writes) st = save_eval(dir, &json, &err);
    if (!st) ft_command_print(a, ft_args_flag(a, "json") ? &json : &text);
    ft_scores_release(&scores);
    ft_predictor_free(p);
    ft_str_release(&json);
    ft_str_release(&text);
    return st ? ft_command_fail(a, &err) : ft_command_done();
}
