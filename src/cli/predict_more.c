/* Questions, prompts and masked words on the command line: see predict_more.h. */
#include "cli/predict_more.h"

#include "cli/report.h"
#include "cli/stop.h"
#include "util/json.h"
#include "util/str.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum ft_status ft_predict_cli_explains(const struct ft_predictor *p, struct ft_err *err)
{
    enum ft_task task = ft_predictor_task(p);
    if (ft_task_has(task, FT_TRAIT_ROWS)) return FT_OK;
    return ft_fail(err, FT_USAGE, "predict: --explain needs a classifier, this model's task is %s",
                   ft_task_name(task));
}

int ft_predict_cli_answer(const struct ft_args *a, struct ft_predictor *p, const char *question)
{
    enum { SHOWN = 5 };
    struct ft_err err = {0};
    struct ft_reply x = {0};
    struct ft_str s = {0};
    const char *context = ft_args_flag(a, "context");
    size_t n = strlen(question);
    if (ft_predict_answer(p, question, n, context, strlen(context), &x, &err))
        return ft_command_fail(a, &err);
    if (ft_args_flag(a, "json")) {
        ft_reply_json(&x, NULL, 0, question, n, &s);
        ft_str_addc(&s, '\n');
    } else {
        ft_str_addf(&s, "%s\t%.4f\n", *x.text ? x.text : "(no answer)", x.score);
        for (size_t i = 0; i < x.best_n && i < SHOWN; i++)
            ft_str_addf(&s, "    %.4f  %zu-%zu  %s\n", x.best[i].probability, x.best[i].start,
                        x.best[i].end, x.best[i].text);
    }
    ft_command_print(a, &s);
    ft_str_release(&s);
    ft_reply_release(&x);
    return ft_command_done();
}

/* A flag's number within [lowest, highest]; the usage error is said. */
static bool number(const struct ft_args *a, const char *flag, double lowest, double highest,
                   double *out)
{
    const char *text = ft_args_flag(a, flag);
    if (!text) return true;
    if (ft_parse_double(text, out) && *out >= lowest && *out <= highest) return true;
    ft_command_usage(a, "--%s %s: expected a number from %g to %g", flag, text, lowest, highest);
    return false;
}

bool ft_predict_cli_options(const struct ft_args *a, struct ft_generate_opt *opt)
{
    double tokens = 50, top_k = 0;
    *opt = (struct ft_generate_opt){.top_p = 1, .repetition_penalty = 1};
    bool ok = number(a, "max_new_tokens", 1, 1e6, &tokens) &&
              number(a, "temperature", 0, 100, &opt->temperature) &&
              number(a, "top_k", 0, 1e6, &top_k) && number(a, "top_p", 1e-6, 1, &opt->top_p) &&
              number(a, "repetition_penalty", 0.01, 100, &opt->repetition_penalty);
    if (ok && opt->temperature > 0 && opt->temperature < 1e-3) {
        ft_command_usage(a, "--temperature %g: expected 0, which is greedy, or 0.001 to 100",
                         opt->temperature);
        ok = false;
    }
    opt->max_new_tokens = (size_t)tokens;
    opt->top_k = (size_t)top_k;
    opt->seed = (uint64_t)ft_options_int(&a->o, FT_OPT_seed);
    opt->stop = ft_args_flag(a, "stop");
    return ok;
}

/* On a terminal the text grows as it comes. */
struct stream {
    const struct ft_args *a;
    size_t shown;
};

static bool grow(void *arg, const char *text, size_t n, size_t new_tokens)
{
    struct stream *s = arg;
    (void)new_tokens;
    /* a character that has only begun waits for its other bytes */
    for (size_t back = 1; back <= 3 && back <= n; back++)
        if (((unsigned char)text[n - back] & 0xc0) == 0xc0) {
            if (!ft_utf8_len(text + n - back, back)) n -= back;
            break;
        }
    if (n > s->shown) {
        struct ft_str part = {0};
        ft_str_add(&part, text + s->shown, n - s->shown);
        ft_command_print(s->a, &part);
        ft_str_release(&part);
        s->shown = n;
    }
    fflush(stdout);
    return !ft_stop_signal();
}

int ft_predict_cli_generate(const struct ft_args *a, struct ft_predictor *p, const char *prompt)
{
    struct ft_err err = {0};
    struct ft_generated x = {0};
    struct ft_str s = {0};
    struct ft_generate_opt opt;
    struct stream stream = {.a = a};
    size_t n = strlen(prompt);
    bool json = ft_args_flag(a, "json") != NULL, live = !json && isatty(STDOUT_FILENO);
    if (!ft_predict_cli_options(a, &opt)) return 2;
    if (ft_generate(p, prompt, n, &opt, live ? grow : NULL, &stream, &x, &err))
        return ft_command_fail(a, &err);
    if (json)
        ft_generated_json(&x, prompt, n, &s);
    else if (x.n > stream.shown)
        ft_str_add(&s, x.text + stream.shown, x.n - stream.shown);
    ft_str_addc(&s, '\n');
    ft_command_print(a, &s);
    ft_str_release(&s);
    if (x.cut)
        fprintf(stderr,
                "the first %zu token%s of the prompt %s dropped: the model has too few positions\n",
                x.cut, ft_plural(x.cut), ft_by_count(x.cut, "was", "were"));
    if (live)
        fprintf(stderr, "%zu token%s, %.1f tokens/s; stopped: %s\n", x.ids_n - x.prompt_n,
                ft_plural(x.ids_n - x.prompt_n),
                x.seconds > 0 ? (double)(x.ids_n - x.prompt_n) / x.seconds : 0,
                ft_generated_end_text(x.end));
    ft_generated_release(&x);
    return ft_command_done();
}

int ft_predict_cli_fill(const struct ft_args *a, struct ft_predictor *p, const char *text)
{
    enum { CHOICES = 5 };
    struct ft_err err = {0};
    struct ft_fill x = {0};
    struct ft_str s = {0};
    size_t n = strlen(text);
    if (ft_predict_fill(p, text, n, CHOICES, &x, &err)) return ft_command_fail(a, &err);
    if (ft_args_flag(a, "json")) {
        ft_fill_json(&x, text, n, &s);
        ft_str_addc(&s, '\n');
    } else {
        ft_str_addf(&s, "%s\n", x.text);
        for (size_t m = 0; m < x.masks; m++) {
            ft_str_addf(&s, "    mask %zu:", m + 1);
            for (size_t i = 0; i < x.choices; i++)
                ft_str_addf(&s, "  %s %.4f", x.choice[m * x.choices + i].token,
                            x.choice[m * x.choices + i].probability);
            ft_str_addc(&s, '\n');
        }
    }
    ft_command_print(a, &s);
    ft_str_release(&s);
    ft_fill_release(&x);
    return ft_command_done();
}
