/* `fettle predict` and `fettle eval`: one text, a file, or the scores on a file. */
#include "cli/predict_more.h"
#include "engine/predict_rows.h"
#include "engine/squad_scores.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/mem.h"
#include "util/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int predict_file(const struct ft_args *a, struct ft_predictor *p, const char *input)
{
    struct ft_err err = {0};
    enum ft_predict_form form;
    struct ft_generate_opt generate;
    const char *output = ft_args_flag(a, "output");
    if (!ft_predict_cli_options(a, &generate)) return 2;
    struct ft_predict_rows rows = {.p = p, .o = &a->o, .input = input, .generate = &generate};
    if (output && ft_predict_form_of(output, &form, &err))
        return ft_command_usage(a, "--output %s", err.msg);
    enum ft_status st =
        output
            ? ft_predict_write_file(&rows, output, NULL, &err)
            : ft_predict_write(&rows, ft_args_flag(a, "json") ? FT_PREDICT_JSONL : FT_PREDICT_TEXT,
                               stdout, NULL, &err);
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
    if (!st && x.cut) fprintf(stderr, "%zu tokens did not fit and were cut\n", x.cut);
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
    if (!model) return ft_command_usage(a, "--model is needed");
    if (!text + !input + !question + !prompt != 3)
        return ft_command_usage(a, "give one of --text, --question, --prompt and --input");
    if (!question != !ft_args_flag(a, "context"))
        return ft_command_usage(a, "--question and --context belong together");
    struct ft_predictor *p = NULL;
    if (ft_predictor_open(&p, model, &a->o, &err)) return ft_command_fail(a, &err);
    enum ft_task task = ft_predictor_task(p);
    int rc = input                 ? predict_file(a, p, input)
             : question            ? ft_predict_cli_answer(a, p, question)
             : prompt              ? ft_predict_cli_generate(a, p, prompt)
             : task == FT_TASK_MLM ? ft_predict_cli_fill(a, p, text)
                                   : predict_text(a, p, text);
    ft_predictor_free(p);
    return rc;
}

static enum ft_status save_eval(const char *dir, const struct ft_str *json, struct ft_err *err)
{
    enum ft_status st = ft_mkdirs(dir, err);
    char *path = ft_path_join(dir, "eval.json");
    if (!st) st = ft_file_write(path, json->data, json->len, err);
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
    if (!data) return ft_command_usage(a, "--data is needed");
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
        fprintf(stderr, "%zu questions have no prediction and count as 0\n", scores.missing);
    ft_command_print(a, &out);
    ft_str_release(&out);
    return ft_command_done();
}

int ft_cmd_eval(const struct ft_args *a)
{
    const char *model = ft_args_option(a, FT_OPT_model),
               *dir = ft_args_option(a, FT_OPT_output_dir);
    struct ft_err err = {0};
    if (ft_args_flag(a, "predictions")) return score_answers(a);
    if (!model || !ft_args_option(a, FT_OPT_data))
        return ft_command_usage(a, "--model and --data are needed");
    struct ft_predictor *p = NULL;
    struct ft_scores scores = {0};
    struct ft_str json = {0}, text = {0};
    enum ft_status st = ft_predictor_open(&p, model, &a->o, &err);
    if (!st) st = ft_evaluate(p, &a->o, NULL, NULL, &scores, NULL, &err);
    if (!st) {
        ft_str_addc(&json, '{');
        ft_scores_json(&scores, &json);
        ft_str_addz(&json, "}\n");
        ft_scores_text(&scores, &text);
    }
    if (!st && dir) st = save_eval(dir, &json, &err);
    if (!st) ft_command_print(a, ft_args_flag(a, "json") ? &json : &text);
    ft_scores_release(&scores);
    ft_predictor_free(p);
    ft_str_release(&json);
    ft_str_release(&text);
    return st ? ft_command_fail(a, &err) : ft_command_done();
}
