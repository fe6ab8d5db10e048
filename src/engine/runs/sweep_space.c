/* The search space of a sweep: see sweep_space.h. */
#include "engine/runs/sweep_space.h"

#include "util/fs.h"
#include "util/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Options that a sweep sets itself, or whose values could not be compared with each other. */
static const struct {
    enum ft_opt option;
    const char *why;
} refused[] = {
    {FT_OPT_output_dir, "each member has a folder of its own"},
    {FT_OPT_overwrite_output_dir, "it does not change a result"},
    {FT_OPT_fold, "use --folds K"},
    {FT_OPT_max_train_samples, "use --sizes"},
    {FT_OPT_limit, "it changes the validation split; use --sizes"},
    {FT_OPT_data, "scores of other rows cannot be compared"},
    {FT_OPT_validation, "scores of other rows cannot be compared"},
    {FT_OPT_test, "scores of other rows cannot be compared"},
    {FT_OPT_split, "scores of other rows cannot be compared"},
    {FT_OPT_task, "scores of other tasks cannot be compared"},
    {FT_OPT_problem_type, "scores of other tasks cannot be compared"},
    {FT_OPT_label_column, "scores of other labels cannot be compared"},
    {FT_OPT_label_delimiter, "scores of other labels cannot be compared"},
    {FT_OPT_label_names, "scores of other labels cannot be compared"},
    {FT_OPT_metric_for_best_model, "members are compared by it"},
    {FT_OPT_events, "its changes belong to one run"},
};

enum ft_status ft_sweep_space_allows(enum ft_opt option, struct ft_err *err)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (refused[i].option == option)
            return ft_fail(err, FT_USAGE, "%s cannot be swept: %s", ft_option_at(option)->name,
                           refused[i].why);
    return FT_OK;
}

/* ---- parsing ---- */

static bool takes_numbers(enum ft_opt option)
{
    enum ft_opt_type type = ft_option_at(option)->type;
    return type == FT_OPT_TYPE_INT || type == FT_OPT_TYPE_FLOAT || option == FT_OPT_dropout;
}

/* "LOW..HIGH" or "LOW..HIGH:log"; paths have dots, too, so that both ends must be numbers. */
static bool split_range(const char *text, char **low, char **high, bool *log)
{
    const char *dots = strstr(text, "..");
    if (!dots) return false;
    const char *colon = strchr(dots, ':');
    *log = colon && !strcmp(colon, ":log");
    *low = ft_xstrndup(text, (size_t)(dots - text));
    *high = *log ? ft_xstrndup(dots + 2, (size_t)(colon - dots - 2)) : ft_xstrdup(dots + 2);
    return true;
}

static enum ft_status take_range(struct ft_sweep_param *p, const char *low, const char *high,
                                 bool log, struct ft_err *err)
{
    const char *name = ft_option_at(p->option)->name;
    p->scale = log ? FT_SWEEP_LOG : FT_SWEEP_LINEAR;
    p->whole = ft_option_at(p->option)->type == FT_OPT_TYPE_INT;
    if (!*low || !*high)
        return ft_fail(err, FT_USAGE, "%s: expected LOW..HIGH, such as 1e-5..1e-4:log", name);
    enum ft_status st = ft_option_check(p->option, low, err);
    if (!st) st = ft_option_check(p->option, high, err);
    if (st) return st;
    if (!ft_parse_double(low, &p->low) || !ft_parse_double(high, &p->high))
        return ft_fail(err, FT_USAGE, "%s: expected numbers in %s..%s", name, low, high);
    if (!(p->low < p->high))
        return ft_fail(err, FT_USAGE, "%s: the range %s..%s is empty, expected LOW..HIGH", name,
                       low, high);
    if (log && !(p->low > 0))
        return ft_fail(err, FT_USAGE, "%s: a logarithmic range begins above 0, not at %s", name,
                       low);
    return FT_OK;
}

/* The words of a list of an option are separated by + here. */
static char *take_word(const struct ft_sweep_param *p, const char *word, size_t n)
{
    char *text = ft_xstrndup(word, n);
    if (ft_option_at(p->option)->type == FT_OPT_TYPE_SET)
        for (char *c = text; *c; c++)
            if (*c == '+') *c = ',';
    return text;
}

static enum ft_status take_value(struct ft_sweep_param *p, char *text, struct ft_err *err)
{
    const char *name = ft_option_at(p->option)->name;
    if (!*text) return ft_fail(err, FT_USAGE, "%s: an empty value; expected VALUE,VALUE,..", name);
    if (p->n == FT_SWEEP_VALUES_MAX)
        return ft_fail(err, FT_USAGE, "%s: more than %d values", name, FT_SWEEP_VALUES_MAX);
    if (strlen(text) >= FT_SWEEP_VALUE_BYTES_MAX)
        return ft_fail(err, FT_USAGE, "%s: a value of %zu bytes is too long", name, strlen(text));
    if (ft_utf8_prefix(text, strlen(text)) != strlen(text))
        return ft_fail(err, FT_USAGE, "%s: a value is not UTF-8", name);
    enum ft_status st = ft_option_check(p->option, text, err);
    if (st) return st;
    struct ft_options a, b;
    ft_options_init(&a);
    ft_options_init(&b);
    ft_options_set_id(&a, p->option, text, true, NULL);
    for (size_t i = 0; i < p->n && !st; i++) {
        ft_options_set_id(&b, p->option, p->values[i], true, NULL);
        if (ft_options_same(&a, &b, p->option))
            st = ft_fail(err, FT_USAGE, "%s: %s and %s are the same value", name, p->values[i],
                         text);
    }
    ft_options_release(&a);
    ft_options_release(&b);
    if (st) return st;
    p->values = ft_xrealloc(p->values, (p->n + 1) * sizeof *p->values);
    p->values[p->n++] = ft_xstrdup(text);
    return FT_OK;
}

static enum ft_status take_list(struct ft_sweep_param *p, const char *text, struct ft_err *err)
{
    enum ft_status st = FT_OK;
    for (const char *w = text; !st; w += strcspn(w, ",") + 1) {
        size_t n = strcspn(w, ",");
        char *word = take_word(p, w, n);
        st = take_value(p, word, err);
        free(word);
        if (!w[n]) break;
    }
    return st;
}

static void release_param(struct ft_sweep_param *p)
{
    for (size_t i = 0; i < p->n; i++)
        free(p->values[i]);
    free(p->values);
    free(p->range);
    *p = (struct ft_sweep_param){0};
}

enum ft_status ft_sweep_space_add(struct ft_sweep_space *s, const char *text, struct ft_err *err)
{
    const char *eq = strchr(text, '=');
    if (!eq || eq == text)
        return ft_fail(err, FT_USAGE,
                       "`%.80s`: expected OPTION=VALUE,VALUE,.. or OPTION=LOW..HIGH[:log]", text);
    char *name = ft_xstrndup(text, (size_t)(eq - text)), *low = NULL, *high = NULL;
    struct ft_options none;
    ft_options_init(&none);
    int id = ft_option_find(name);
    enum ft_status st = id < 0 ? ft_options_set(&none, name, "", true, err) : FT_OK;
    if (!st) st = ft_sweep_space_allows((enum ft_opt)id, err);
    for (size_t i = 0; i < s->n && !st; i++)
        if ((int)s->params[i].option == id)
            st = ft_fail(err, FT_USAGE, "%s is swept twice; give all its values at once", name);
    if (!st && s->n == FT_SWEEP_PARAMS_MAX)
        st = ft_fail(err, FT_USAGE, "more than %d options are swept", FT_SWEEP_PARAMS_MAX);
    struct ft_sweep_param p = {.option = (enum ft_opt)id};
    bool log = false;
    if (!st && takes_numbers(p.option) && split_range(eq + 1, &low, &high, &log))
        st = take_range(&p, low, high, log, err);
    else if (!st)
        st = take_list(&p, eq + 1, err);
    if (!st && p.scale != FT_SWEEP_LIST) p.range = ft_xstrdup(eq + 1);
    if (st)
        release_param(&p);
    else
        s->params[s->n++] = p;
    ft_options_release(&none);
    free(name);
    free(low);
    free(high);
    return st;
}

static size_t place_of(const struct ft_sweep_space *s, enum ft_opt option)
{
    size_t i = 0;
    while (i < s->n && s->params[i].option != option)
        i++;
    return i;
}

void ft_sweep_space_drop(struct ft_sweep_space *s, enum ft_opt option)
{
    size_t at = place_of(s, option);
    if (at == s->n) return;
    release_param(&s->params[at]);
    s->n--;
    for (size_t i = at; i < s->n; i++) /* the others move up */
        s->params[i] = s->params[i + 1];
}

enum ft_status ft_sweep_space_set(struct ft_sweep_space *s, const char *text, struct ft_err *err)
{
    struct ft_sweep_space one = {0};
    enum ft_status st = ft_sweep_space_add(&one, text, err);
    if (st) return st;
    size_t at = place_of(s, one.params[0].option);
    if (at == FT_SWEEP_PARAMS_MAX) {
        ft_sweep_space_release(&one);
        return ft_fail(err, FT_USAGE, "more than %d options are swept", FT_SWEEP_PARAMS_MAX);
    }
    if (at < s->n)
        release_param(&s->params[at]);
    else
        s->n++;
    s->params[at] = one.params[0];
    return FT_OK;
}

void ft_sweep_space_text(const struct ft_sweep_param *p, struct ft_str *out)
{
    ft_str_addf(out, "%s=", ft_option_at(p->option)->name);
    if (p->scale != FT_SWEEP_LIST) {
        ft_str_addz(out, p->range);
        return;
    }
    bool set = ft_option_at(p->option)->type == FT_OPT_TYPE_SET;
    for (size_t i = 0; i < p->n; i++) {
        if (i) ft_str_addc(out, ',');
        for (const char *c = p->values[i]; *c; c++)
            ft_str_addc(out, set && *c == ',' ? '+' : *c);
    }
}

void ft_sweep_space_release(struct ft_sweep_space *s)
{
    for (size_t i = 0; i < s->n; i++)
        release_param(&s->params[i]);
    s->n = 0;
}

/* ---- configurations ---- */

/* Whole numbers of a range are its values; a logarithmic one has them, too. */
static double count(const struct ft_sweep_param *p)
{
    if (p->scale == FT_SWEEP_LIST) return (double)p->n;
    return p->whole ? p->high - p->low + 1 : (double)INFINITY;
}

double ft_sweep_space_size(const struct ft_sweep_space *s)
{
    double n = 1;
    for (size_t i = 0; i < s->n; i++)
        n *= count(&s->params[i]);
    return n;
}

void ft_sweep_space_at(const struct ft_sweep_space *s, size_t i, char **values)
{
    for (size_t k = s->n; k-- > 0;) {
        const struct ft_sweep_param *p = &s->params[k];
        size_t n = (size_t)count(p), at = i % n;
        i /= n;
        values[k] = p->scale == FT_SWEEP_LIST ? ft_xstrdup(p->values[at])
                                              : ft_xprintf("%.0f", p->low + (double)at);
    }
}

void ft_sweep_space_draw(const struct ft_sweep_space *s, struct ft_rng *rng, char **values)
{
    for (size_t k = 0; k < s->n; k++) {
        const struct ft_sweep_param *p = &s->params[k];
        values[k] = p->scale == FT_SWEEP_LIST ? ft_xstrdup(p->values[ft_rng_below(rng, p->n)])
                                              : ft_sweep_param_text(p, ft_rng_f64(rng));
    }
}

double ft_sweep_param_unit(const struct ft_sweep_param *p, const char *value)
{
    double x = p->low;
    ft_parse_double(value, &x);
    double unit = p->scale == FT_SWEEP_LOG ? log(x / p->low) / log(p->high / p->low)
                                           : (x - p->low) / (p->high - p->low);
    return unit > 0 ? unit < 1 ? unit : 1 : 0;
}

char *ft_sweep_param_text(const struct ft_sweep_param *p, double unit)
{
    if (p->whole) { /* each number has the same share of the range, on its scale */
        double low = p->low - 0.5, high = p->high + 0.5;
        double x =
            p->scale == FT_SWEEP_LOG ? low * pow(high / low, unit) : low + unit * (high - low);
        return ft_xprintf("%.0f", fmin(fmax(floor(x + 0.5), p->low), p->high));
    }
    double x = p->scale == FT_SWEEP_LOG ? p->low * pow(p->high / p->low, unit)
                                        : p->low + unit * (p->high - p->low);
    char *text = ft_xprintf("%.3g", x);
    double shown = x;
    struct ft_str out = {0};
    ft_parse_double(text, &shown);
    if (shown < p->low || shown > p->high) shown = fmin(fmax(x, p->low), p->high);
    free(text);
    ft_json_add_num(&out, shown); /* as sweep.json has it */
    return ft_str_take(&out);
}

size_t ft_sweep_param_index(const struct ft_sweep_param *p, const char *value)
{
    for (size_t i = 0; i < p->n; i++)
        if (!strcmp(p->values[i], value)) return i;
    return p->n;
}

bool ft_sweep_param_number(const struct ft_sweep_param *p, const char *value, double *number)
{
    (void)p;
    return ft_parse_double(value, number) && isfinite(*number);
}

/* ---- names ---- */

/* learning_rate: lr; dropout: dropout. */
static void add_short(const char *name, struct ft_str *out)
{
    static const struct {
        const char *name, *shown;
    } usual[] = {{"per_device_train_batch_size", "batch"},
                 {"num_train_epochs", "epochs"},
                 {"max_train_samples", "rows"}};
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (!strcmp(usual[i].name, name)) {
            ft_str_addz(out, usual[i].shown);
            return;
        }
    if (!strchr(name, '_')) {
        ft_str_addz(out, name);
        return;
    }
    for (const char *c = name; *c; c++)
        if (c == name || c[-1] == '_') ft_str_addc(out, *c);
}

static void add_tame(const char *value, struct ft_str *out)
{
    const char *base = ft_path_base(value);
    for (const char *c = *base ? base : value; *c; c++) {
        bool fine = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                    (*c >= '0' && *c <= '9') || *c == '.' || *c == '-' || *c == '+';
        ft_str_addc(out, fine ? *c : '-');
    }
}

void ft_sweep_space_name(const struct ft_sweep_space *s, char *const *values, struct ft_str *out)
{
    enum { MOST = 80 };
    size_t from = out->len;
    for (size_t i = 0; i < s->n; i++) {
        if (i) ft_str_addc(out, '_');
        add_short(ft_option_at(s->params[i].option)->name, out);
        add_tame(values[i], out);
    }
    if (out->len - from > MOST) {
        out->len = from + MOST;
        out->data[out->len] = 0;
    }
}
