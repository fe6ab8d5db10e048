/* The table of tasks and how the task of a run is found: see task.h. */
#include "data/read.h"
#include "core/family.h"
#include "engine/task/task.h"

#include "engine/model/model_family.h"
#include "engine/model/model_match.h"
#include "engine/options/data_options.h"
#include "engine/task/run_tags.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

const struct ft_task_ops *ft_task_ops(enum ft_task task)
{
    static const struct ft_task_ops *const table[FT_TASK_COUNT] = {
#define X(id, word, head, predicts, traits) &ft_task_##word,
        FT_TASK_LIST(X)
#undef X
    };
    return table[task];
}

const struct ft_task_facts *ft_task_facts(enum ft_task task)
{
    return &ft_task_ops(task)->facts;
}

void ft_task_settle(struct ft_options *o, enum ft_task task)
{
    const struct ft_task_facts *f = ft_task_facts(task);
    struct ft_err err;
    for (int t = 0; t < FT_TASK_COUNT; t++)
        for (const struct ft_task_default *d = ft_task_facts((enum ft_task)t)->defaults; d->text;
             d++)
            if (!ft_options_given(o, d->option)) ft_options_reset(o, d->option);
    for (const struct ft_task_default *d = f->defaults; d->text; d++)
        if (!ft_options_given(o, d->option)) ft_options_set_id(o, d->option, d->text, false, &err);
    const char *type = ft_problem_type_name(ft_task_problem(task));
    if (!ft_options_given(o, FT_OPT_problem_type))
        ft_options_set_id(o, FT_OPT_problem_type, type ? type : "", false, &err);
    if (!ft_options_given(o, FT_OPT_metric_for_best_model)) {
        char first[32];
        int n = (int)strcspn(f->best_metrics, "|");
        snprintf(first, sizeof first, "%.*s", n, f->best_metrics);
        ft_options_set_id(o, FT_OPT_metric_for_best_model, first, false, &err);
    }
}

/* The value of problem_type: the choices are those of the enum after NONE. */
static enum ft_problem_type problem_of(const struct ft_options *o)
{
    return (enum ft_problem_type)(ft_options_choice(o, FT_OPT_problem_type) + 1);
}

enum ft_status ft_task_check_problem(const struct ft_options *o, enum ft_task task,
                                     struct ft_err *err)
{
    enum ft_problem_type type = problem_of(o);
    if (!type || type == ft_task_problem(task)) return FT_OK;
    if (!ft_task_problem(task))
        return ft_fail(err, FT_USAGE, "problem_type is for task classify only, not for %s",
                       ft_task_name(task));
    return ft_fail(err, FT_UNSUPPORTED, "problem_type %s is not supported yet",
                   ft_problem_type_name(type));
}

enum ft_status ft_task_check(const struct ft_options *o, enum ft_task task, struct ft_err *err)
{
    enum ft_status wrong = ft_task_check_problem(o, task, err);
    if (wrong) return wrong;
    const struct ft_task_facts *f = ft_task_facts(task);
    const char *metric = ft_options_text(o, FT_OPT_metric_for_best_model);
    const char *name = !strncmp(metric, "eval_", 5) ? metric + 5 : metric;
    if (*name && ft_choice_index(f->best_metrics, name, strlen(name)) < 0)
        return ft_fail(err, FT_USAGE,
                       "metric_for_best_model: unknown metric `%s` for %s; expected one of %s",
                       metric, ft_task_name(task), f->best_metrics);
    bool taught = ft_task_has(task, FT_TRAIT_HIDDEN | FT_TRAIT_TEXT_CLASSES | FT_TRAIT_NUMBERS);
    if (*ft_options_text(o, FT_OPT_teacher) && !taught)
        return ft_fail(
            err, FT_UNSUPPORTED,
            "task %s with a teacher is not supported; expected task classify, which learns "
            "its predictions, or embed, which learns its hidden states",
            ft_task_name(task));
    enum ft_status st = ft_options_check_all(o, err);
    return st || !f->check ? st : f->check(o, err);
}

/* The first task with the trait whose head the model's family has; the first one where the model
 * says nothing or does not fit either. */
static enum ft_task first_that_fits(unsigned trait, const char *model)
{
    enum ft_task found[FT_TASK_COUNT], fits;
    size_t n = 0;
    for (int t = 0; t < FT_TASK_COUNT; t++)
        if (ft_task_has((enum ft_task)t, trait)) found[n++] = (enum ft_task)t;
    assert(n);
    fits = found[0];
    if (n < 2 || !*model) return fits;
    struct ft_hf_config config = {0};
    if (!ft_model_file_config(&config, NULL, model, NULL)) {
        size_t i = 0;
        while (i < n && !ft_family_has_head(config.family, ft_task_head(found[i])))
            i++;
        fits = found[i < n ? i : 0];
    }
    ft_hf_config_release(&config);
    return fits;
}

enum ft_task ft_task_asked(const struct ft_options *o, int own)
{
    int named = ft_options_choice(o, FT_OPT_task);
    enum ft_problem_type type = problem_of(o);
    if (named < 0 && !type) return (enum ft_task)own;
    if (named >= 0 && !ft_task_problem((enum ft_task)named)) return (enum ft_task)named;
    if (named < 0) named = ft_task_of_problem(FT_PROBLEM_TYPE_SINGLE_LABEL);
    enum ft_task typed = type ? ft_task_of_problem(type) : (enum ft_task)own;
    return ft_task_problem(typed) ? typed : (enum ft_task)named;
}

/* Of the first rows of the data, where they can be read. */
static enum ft_task infer_problem(const struct ft_options *o, enum ft_task task)
{
    enum { LOOK_ROWS = 1000 };
    const char *data = ft_options_text(o, FT_OPT_data);
    struct ft_read_opt how = ft_data_read_opt(o);
    struct ft_table t = {0};
    struct ft_columns c;
    if (!*data) return task;
    how.rows_max = LOOK_ROWS;
    ft_table_read(&t, data, &how, NULL); /* the rows before what is wrong */
    bool known = ft_table_rows(&t) && !ft_data_columns(&t, o, &c, NULL);
    enum ft_task found = known ? ft_task_of_problem(ft_data_problem(&t, o, &c)) : FT_TASK_NONE;
    ft_table_release(&t);
    return found >= 0 ? found : task;
}

/* With the problem type that the options or the data have. */
static enum ft_task with_problem(const struct ft_options *o, enum ft_task task)
{
    return ft_task_problem(task) && !problem_of(o) ? infer_problem(o, task) : task;
}

enum ft_task ft_task_find(const struct ft_options *o)
{
    const char *data = ft_options_text(o, FT_OPT_data), *model = ft_options_text(o, FT_OPT_model);
    enum ft_task asked = ft_task_asked(o, -1);
    if (asked >= 0) return with_problem(o, asked);
    const char *teacher = ft_options_text(o, FT_OPT_teacher);
    if (*teacher) { /* what it can teach: a head's labels, else its hidden states */
        struct ft_hf_config config = {0};
        bool known = !ft_model_file_config(&config, NULL, teacher, NULL);
        int own = known ? ft_model_head_task(&config) : -1;
        if (known) ft_hf_config_release(&config);
        if (known && (own < 0 || ft_task_has((enum ft_task)own, FT_TRAIT_TEXT)))
            own = FT_TASK_EMBED;
        if (own >= 0) return (enum ft_task)own;
    }
    enum ft_format format = FT_FORMAT_AUTO;
    struct ft_read_opt how = ft_data_read_opt(o);
    if (*data) ft_format_sniff(data, &how, &format, NULL);
    enum ft_trait trait = format == FT_FORMAT_SQUAD  ? FT_TRAIT_ANSWERS
                          : format == FT_FORMAT_TEXT ? FT_TRAIT_TEXT
                                                     : FT_TRAIT_ROWS;
    if (*data && trait == FT_TRAIT_ROWS && ft_run_tags_there(data, o)) trait = FT_TRAIT_TAGS;
    return with_problem(o, first_that_fits(trait, model));
}

enum ft_status ft_task_open(struct ft_run_data *d, enum ft_task task, const struct ft_options *o,
                            const struct ft_labels *labels, bool unlabelled, struct ft_err *err)
{
    if (!*ft_options_text(o, FT_OPT_data))
        return ft_fail(err, FT_USAGE, "no data: use --data FILE");
    d->task = task;
    return ft_task_ops(task)->open(d, o, labels, unlabelled, err);
}
