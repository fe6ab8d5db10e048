/* `fettle predict` and `fettle eval`: one text, a file, or the scores on a file. */
#include "cli/predict_more.h"
#include "engine/predict.h"
#include "engine/squad_scores.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/mem.h"
#include "util/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One prediction for a person. */
static void text_line(const struct ft_predictor *p, const struct ft_prediction *x, bool explain,
                      struct ft_str *s)
{
    const char *between = "";
    ft_str_addf(s, "%s\t%.4f\t", ft_predictor_label(p, (size_t)x->label),
                x->probabilities[x->label]);
    for (size_t i = 0; i < x->labels; i++, between = " ")
        ft_str_addf(s, "%s%s=%.4f", between, ft_predictor_label(p, i), x->probabilities[i]);
    ft_str_addc(s, '\n');
    for (size_t i = 0; explain && i < x->token_n; i++)
        ft_str_addf(s, "    %+.4f  %s\n", x->tokens[i].attribution, x->tokens[i].text);
}

enum form { FORM_TEXT, FORM_JSONL, FORM_CSV };

struct sink {
    const struct ft_predictor *p;
    enum form form;
    FILE *to;
    struct ft_str line;
};

/* Quoted as RFC 4180 says when it has to be. */
static void add_csv(struct ft_str *s, const char *text, size_t n)
{
    bool plain = true;
    for (size_t i = 0; i < n; i++)
        plain = plain && !strchr(",\"\r\n", text[i]);
    if (!plain) ft_str_addc(s, '"');
    for (size_t i = 0; i < n; i++) {
        if (text[i] == '"') ft_str_addc(s, '"');
        ft_str_addc(s, text[i]);
    }
    if (!plain) ft_str_addc(s, '"');
}

static enum ft_status put_row(void *arg, size_t row, const char *text, size_t n, const char *pair,
                              size_t pair_n, const struct ft_prediction *x, struct ft_err *err)
{
    struct sink *k = arg;
    struct ft_str *s = &k->line;
    ft_str_clear(s);
    switch (k->form) {
    case FORM_TEXT:
        text_line(k->p, x, false, s);
        break;
    case FORM_JSONL:
        ft_prediction_json(k->p, x, text, n, pair, pair_n, s);
        ft_str_addc(s, '\n');
        break;
    case FORM_CSV: {
        const char *label = ft_predictor_label(k->p, (size_t)x->label);
        ft_str_addf(s, "%zu,", row);
        add_csv(s, text, n);
        ft_str_addc(s, ',');
        add_csv(s, label, strlen(label));
        ft_str_addc(s, ',');
        ft_json_add_num(s, x->probabilities[x->label]);
        ft_str_addc(s, '\n');
    }
    }
    if (fwrite(s->data, 1, s->len, k->to) == s->len) return FT_OK;
    return ft_fail(err, FT_IO, "output: writing failed; is the disk full?");
}

static bool ends_in(const char *path, const char *ending)
{
    size_t n = strlen(path), e = strlen(ending);
    return n >= e && !strcmp(path + n - e, ending);
}

static int predict_file(const struct ft_args *a, struct ft_predictor *p, const char *input)
{
    struct ft_err err = {0};
    const char *output = ft_args_flag(a, "output");
    struct sink k = {
        .p = p, .to = stdout, .form = ft_args_flag(a, "json") ? FORM_JSONL : FORM_TEXT};
    if (output && ends_in(output, ".jsonl"))
        k.form = FORM_JSONL;
    else if (output && ends_in(output, ".csv"))
        k.form = FORM_CSV;
    else if (output)
        return ft_command_usage(a, "--output %s: end it in .jsonl or .csv", output);
    struct ft_options o;
    struct ft_out out = {0};
    ft_options_copy(&o, &a->o);
    enum ft_status st = ft_options_set_id(&o, FT_OPT_data, input, true, &err);
    if (!st && output) {
        if (!(st = ft_out_open(&out, output, &err))) k.to = out.f;
    }
    if (!st && k.form == FORM_CSV) fputs("row,text,label,score\n", k.to);
    if (!st) st = ft_predict_file(p, &o, put_row, &k, NULL, &err);
    if (out.f && st)
        ft_out_abort(&out);
    else if (out.f)
        st = ft_out_commit(&out, &err);
    ft_options_release(&o);
    ft_str_release(&k.line);
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
        text_line(p, &x, explain, &s);
    }
    fputs(ft_str_text(&s), stdout);
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
    fputs(ft_str_text(&out), stdout);
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
    if (!st) fputs(ft_str_text(ft_args_flag(a, "json") ? &json : &text), stdout);
    ft_scores_release(&scores);
    ft_predictor_free(p);
    ft_str_release(&json);
    ft_str_release(&text);
    return st ? ft_command_fail(a, &err) : ft_command_done();
}
