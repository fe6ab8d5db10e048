/* sweep.json: what a sweep is and how far it has come. Nothing in it depends on the clock or on where the
 * sweep was interrupted. Written under a temporary name, synced and renamed.
 *
 *     {"format":1,
 *      "state":"running",                          stopped, budget, done
 *      "strategy":"halving","trials":0,"eta":3,"min_steps":0,"budget_s":7200,
 *      "seeds":3,"folds":0,"sizes":["10%","100%"],
 *      "over":["learning_rate=1e-5..1e-4:log","model=A,B"],
 *      "metric":"accuracy","rung":0,
 *      "options":{"data":{"value":"x.csv","given":true},..},     as in run.json, given to all runs
 *      "best":"3_lr3e-5",                          null: none yet
 *      "members":[
 *        {"name":"1_lr1e-5","options":{"learning_rate":1e-05,"max_train_samples":"10%"},
 *         "state":"done","rung":0,"mean":0.91,"sd":0.004,"n":3,"steps":360,
 *         "runs":[{"folder":"1_lr1e-5/seed-1","seed":1,"fold":0,"state":"done","steps":120,"total":120,
 *                  "value":0.914},
 *                 {.. "state":"failed","error":"loss is nan ..","again":false}]},..]}
 *
 * A member that was promoted or deleted (sweep_change.h) has "promoted":true or "deleted":true, and the
 * sweep "deleted_s", the seconds that deleted runs have trained.
 * Members are in the order of their creation; a value that is not known is null. The file is hostile:
 * every name and number is checked. */
#include "engine/runs/sweep_in.h"

#include "engine/task/score_report.h"
#include "util/fs.h"
#include "util/hash.h"
#include "util/json.h"
#include "util/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_MAX ((size_t)256 << 20)
enum { FORMAT = 1, NAME_MAX_BYTES = 200 };

/* ---- writing ---- */

static void put_count(struct ft_str *out, const char *key, uint64_t n)
{
    ft_json_put_num(out, key, (double)n);
}

static void put_texts(struct ft_str *out, const char *key, char *const *texts, size_t n)
{
    ft_json_add_key(out, key);
    ft_str_addc(out, '[');
    for (size_t i = 0; i < n; i++) {
        if (i) ft_str_addc(out, ',');
        ft_json_add_str(out, texts[i], strlen(texts[i]));
    }
    ft_str_addc(out, ']');
}

static void put_space(struct ft_str *out, const struct ft_sweep_space *space)
{
    char *texts[FT_SWEEP_PARAMS_MAX];
    for (size_t i = 0; i < space->n; i++) {
        struct ft_str text = {0};
        ft_sweep_space_text(&space->params[i], &text);
        texts[i] = ft_str_take(&text);
    }
    put_texts(out, "over", texts, space->n);
    for (size_t i = 0; i < space->n; i++)
        free(texts[i]);
}

static void put_run(struct ft_str *out, const struct ft_sweep *s, const struct ft_sweep_run *r)
{
    ft_str_addc(out, '{');
    ft_json_put_text(out, "folder", r->path + strlen(s->dir) + 1);
    put_count(out, "seed", r->seed);
    put_count(out, "fold", r->fold);
    ft_json_put_text(out, "state", ft_sweep_state_name(r->state));
    put_count(out, "steps", r->steps);
    put_count(out, "total", r->total);
    ft_json_put_num(out, "value", r->value);
    if (r->error) {
        ft_json_put_text(out, "error", r->error);
        ft_json_add_key(out, "again");
        ft_str_addz(out, r->again ? "true" : "false");
    }
    ft_str_addc(out, '}');
}

static void put_member(struct ft_str *out, const struct ft_sweep *s,
                       const struct ft_sweep_member *m)
{
    ft_str_addz(out, "\n  {");
    ft_json_put_text(out, "name", m->name);
    ft_json_add_key(out, "options");
    sweep_values_json(s, m, out);
    ft_json_put_text(out, "state", ft_sweep_state_name(m->state));
    put_count(out, "rung", m->rung);
    ft_json_put_num(out, "mean", m->mean);
    ft_json_put_num(out, "sd", m->sd);
    put_count(out, "n", m->n);
    put_count(out, "steps", m->steps);
    if (m->promoted) ft_str_addz(out, ",\"promoted\":true");
    if (m->deleted) ft_str_addz(out, ",\"deleted\":true");
    ft_json_add_key(out, "runs");
    ft_str_addc(out, '[');
    for (size_t i = 0; i < s->repeats; i++) {
        if (i) ft_str_addc(out, ',');
        put_run(out, s, &m->runs[i]);
    }
    ft_str_addz(out, "]}");
}

static void put_spec(struct ft_str *out, const struct ft_sweep_spec *spec)
{
    ft_json_put_text(out, "strategy", ft_sweep_strategy_name(spec->strategy));
    put_count(out, "trials", spec->trials);
    ft_json_put_num(out, "eta", spec->eta);
    put_count(out, "min_steps", spec->min_steps);
    ft_json_put_num(out, "budget_s", spec->budget_s);
    put_count(out, "seeds", spec->seeds);
    put_count(out, "folds", spec->folds);
    put_texts(out, "sizes", spec->sizes, spec->sizes_n);
    put_space(out, &spec->space);
}

enum ft_status sweep_file_write(const struct ft_sweep *s, struct ft_err *err)
{
    struct ft_str out = {0};
    size_t best = ft_sweep_best(s);
    ft_str_addc(&out, '{');
    put_count(&out, "format", FORMAT);
    ft_json_put_text(&out, "state", ft_sweep_state_name(s->state));
    put_spec(&out, &s->spec);
    ft_json_put_text(&out, "metric", s->metric);
    put_count(&out, "rung", s->rung);
    if (s->deleted_s > 0) ft_json_put_num(&out, "deleted_s", s->deleted_s);
    ft_json_add_key(&out, "options");
    ft_options_to_json(&s->o, &out);
    ft_json_add_key(&out, "best");
    if (best < s->n)
        ft_json_add_str(&out, s->members[best].name, strlen(s->members[best].name));
    else
        ft_str_addz(&out, "null");
    ft_json_add_key(&out, "members");
    ft_str_addc(&out, '[');
    for (size_t i = 0; i < s->n; i++) {
        if (i) ft_str_addc(&out, ',');
        put_member(&out, s, &s->members[i]);
    }
    ft_str_addz(&out, "]}\n");
    char *path = ft_path_join(s->dir, "sweep.json");
    enum ft_status st = ft_file_write(path, out.data, out.len, err);
    free(path);
    ft_str_release(&out);
    return st;
}

/* ---- reading ---- */

struct reading {
    struct ft_sweep *s;
    const char *path;
    struct ft_err *err;
};

static enum ft_status fail(const struct reading *r, const char *what)
{
    return ft_fail(r->err, FT_FORMAT,
                   "%s: %s; it is not a sweep of this version of fettle, or damaged", r->path,
                   what);
}

static enum ft_status take_count(const struct reading *r, const cJSON *tree, const char *key,
                                 uint64_t most, uint64_t *out)
{
    int64_t x = -1;
    enum ft_status st = ft_json_i64(tree, key, 0, (int64_t)most, &x, r->path, r->err);
    if (!st && x < 0) return ft_fail(r->err, FT_FORMAT, "%s: has no %s", r->path, key);
    *out = st ? 0 : (uint64_t)x;
    return st;
}

static enum ft_status take_size(const struct reading *r, const cJSON *tree, const char *key,
                                size_t most, size_t *out)
{
    uint64_t x = 0;
    enum ft_status st = take_count(r, tree, key, most, &x);
    *out = (size_t)x;
    return st;
}

static enum ft_status take_text(const struct reading *r, const cJSON *tree, const char *key,
                                const char **out)
{
    *out = NULL;
    enum ft_status st = ft_json_str(tree, key, out, r->path, r->err);
    if (!st && !*out) return ft_fail(r->err, FT_FORMAT, "%s: has no %s", r->path, key);
    return st;
}

static enum ft_status take_state(const struct reading *r, const cJSON *tree,
                                 enum ft_sweep_state *state)
{
    const char *word;
    enum ft_status st = take_text(r, tree, "state", &word);
    if (st) return st;
    for (int i = 0; i < FT_SWEEP_STATE_COUNT; i++) {
        if (strcmp(word, ft_sweep_state_name((enum ft_sweep_state)i)) != 0) continue;
        *state = (enum ft_sweep_state)i;
        return FT_OK;
    }
    return fail(r, "an unknown state");
}

static enum ft_status take_spec(const struct reading *r, const cJSON *tree)
{
    struct ft_sweep_spec *spec = &r->s->spec;
    const cJSON *item, *sizes = ft_json_get(tree, "sizes"), *over = ft_json_get(tree, "over");
    const char *strategy;
    enum ft_status st = take_text(r, tree, "strategy", &strategy);
    if (st) return st;
    int found = ft_sweep_strategy_parse(strategy);
    if (found < 0) return fail(r, "an unknown strategy");
    spec->strategy = (enum ft_sweep_strategy)found;
    st = take_size(r, tree, "trials", FT_SWEEP_RUNS_MAX, &spec->trials);
    if (!st) st = ft_json_f64(tree, "eta", 1, 1000, &spec->eta, r->path, r->err);
    if (!st) st = take_count(r, tree, "min_steps", (uint64_t)1 << 50, &spec->min_steps);
    if (!st) st = ft_json_f64(tree, "budget_s", 0, 1e12, &spec->budget_s, r->path, r->err);
    if (!st) st = take_size(r, tree, "seeds", FT_SWEEP_SEEDS_MAX, &spec->seeds);
    if (!st) st = take_size(r, tree, "folds", FT_SWEEP_FOLDS_MAX, &spec->folds);
    if (!st && (!cJSON_IsArray(sizes) || !cJSON_IsArray(over)))
        st = fail(r, "no sizes or no search space");
    if (!st)
        cJSON_ArrayForEach(item, sizes) if (!st) st =
            cJSON_IsString(item) ? ft_sweep_spec_sizes(spec, item->valuestring, r->err)
                                 : fail(r, "a size that is none");
    if (!st)
        cJSON_ArrayForEach(item, over) if (!st) st =
            cJSON_IsString(item) ? ft_sweep_space_add(&spec->space, item->valuestring, r->err)
                                 : fail(r, "an option that is none");
    if (st == FT_USAGE) r->err->code = st = FT_FORMAT;
    if (!st && ft_sweep_spec_check(spec, &r->s->o, r->err)) {
        r->err->code = st = FT_FORMAT;
        ft_fail_in(r->err, "%s", r->path);
    }
    if (!st && ft_sweep_spec_runs(spec) > FT_SWEEP_RUNS_MAX) st = fail(r, "too many runs");
    return st;
}

/* Names become folders: nothing in them may lead out of the sweep's. */
static bool name_is_fine(const char *name)
{
    size_t n = strlen(name);
    if (!n || n > NAME_MAX_BYTES || name[0] == '.') return false;
    for (const char *c = name; *c; c++) {
        bool word =
            (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9');
        if (!word && !strchr("._+-", *c)) return false;
    }
    return true;
}

static enum ft_status take_run(const struct reading *r, const cJSON *tree, struct ft_sweep_run *run)
{
    const char *error = NULL;
    enum ft_status st = take_state(r, tree, &run->state);
    if (!st) st = take_count(r, tree, "steps", (uint64_t)1 << 53, &run->steps);
    if (!st) st = take_count(r, tree, "total", (uint64_t)1 << 53, &run->total);
    if (!st) st = ft_json_f64(tree, "value", -1e300, 1e300, &run->value, r->path, r->err);
    if (!st) st = ft_json_str(tree, "error", &error, r->path, r->err);
    if (!st) st = ft_json_bool(tree, "again", &run->again, r->path, r->err);
    if (!st && error) run->error = ft_xstrdup(error);
    return st;
}

/* A value of "options" as the text that is given to train. */
static char *value_text(const struct ft_sweep *s, size_t i, const cJSON *options)
{
    const cJSON *v = ft_json_get(options, ft_option_at(ft_sweep_value_option(s, i))->name);
    struct ft_str text = {0};
    if (cJSON_IsString(v)) ft_str_addz(&text, v->valuestring);
    bool whole = ft_option_at(ft_sweep_value_option(s, i))->type == FT_OPT_TYPE_INT;
    if (cJSON_IsNumber(v) && whole) ft_str_addf(&text, "%.0f", v->valuedouble);
    if (cJSON_IsNumber(v) && !whole) ft_json_add_num(&text, v->valuedouble);
    if (cJSON_IsBool(v)) ft_str_addz(&text, cJSON_IsTrue(v) ? "true" : "false");
    return text.len ? ft_str_take(&text) : NULL;
}

/* The same value as it was typed: what a run's command says. */
static void as_typed(const struct ft_sweep *s, size_t i, char **text)
{
    struct ft_options a, b;
    if (i >= s->spec.space.n) return;
    const struct ft_sweep_param *p = &s->spec.space.params[i];
    ft_options_init(&a);
    ft_options_init(&b);
    if (!ft_options_set_id(&a, p->option, *text, true, NULL))
        for (size_t k = 0; k < p->n; k++) {
            ft_options_set_id(&b, p->option, p->values[k], true, NULL);
            if (!ft_options_same(&a, &b, p->option)) continue;
            free(*text);
            *text = ft_xstrdup(p->values[k]);
            break;
        }
    ft_options_release(&a);
    ft_options_release(&b);
}

static enum ft_status take_member(const struct reading *r, const cJSON *tree)
{
    struct ft_sweep *s = r->s;
    const cJSON *options = ft_json_get(tree, "options"), *runs = ft_json_get(tree, "runs"), *run;
    const char *name;
    size_t n = ft_sweep_values_n(s), k = 0;
    enum ft_status st = take_text(r, tree, "name", &name);
    if (!st && !name_is_fine(name)) st = fail(r, "a member's name is not a folder name");
    if (!st && (size_t)cJSON_GetArraySize(runs) != s->repeats)
        st = fail(r, "a member has another number of runs than seeds and folds");
    if (st) return st;
    char **values = ft_xcalloc(n + 1, sizeof *values);
    for (size_t i = 0; i < n; i++) {
        values[i] = value_text(s, i, options);
        if (!values[i] || ft_option_check(ft_sweep_value_option(s, i), values[i], NULL)) {
            if (!st) st = fail(r, "a member has no value of an option");
        } else {
            as_typed(s, i, &values[i]);
        }
    }
    if (st) {
        for (size_t i = 0; i < n; i++)
            free(values[i]);
        free(values);
        return st;
    }
    struct ft_sweep_member *m = sweep_member_add(s, values, ft_xstrdup(name));
    st = take_state(r, tree, &m->state);
    if (!st) st = take_size(r, tree, "rung", 1000, &m->rung);
    if (!st) st = ft_json_bool(tree, "promoted", &m->promoted, r->path, r->err);
    if (!st) st = ft_json_bool(tree, "deleted", &m->deleted, r->path, r->err);
    cJSON_ArrayForEach(run, runs) if (!st) st = take_run(r, run, &m->runs[k++]);
    if (!st) {
        enum ft_sweep_state state = m->state;
        sweep_member_sum(s, m);
        m->state = state;
    }
    return st;
}

static enum ft_status take(const struct reading *r, const cJSON *tree)
{
    struct ft_sweep *s = r->s;
    const cJSON *members = ft_json_get(tree, "members"), *m;
    const char *metric;
    if (ft_json_count(tree, "format") != FORMAT) return fail(r, "its format is not 1");
    enum ft_status st = ft_options_from_json(&s->o, ft_json_get(tree, "options"), r->path, r->err);
    if (!st) st = take_spec(r, tree);
    if (!st) st = take_state(r, tree, &s->state);
    if (!st) st = take_text(r, tree, "metric", &metric);
    if (!st) s->metric = ft_xstrdup(metric);
    if (!st) st = take_size(r, tree, "rung", 1000, &s->rung);
    if (!st) st = ft_json_f64(tree, "deleted_s", 0, 1e12, &s->deleted_s, r->path, r->err);
    if (st) return st;
    s->lower = ft_metric_is_lower(s->metric);
    s->repeats = (s->spec.seeds ? s->spec.seeds : 1) * (s->spec.folds ? s->spec.folds : 1);
    if (!cJSON_IsArray(members) || (size_t)cJSON_GetArraySize(members) > sweep_members_planned(s))
        return fail(r, "more members than its search space has");
    cJSON_ArrayForEach(m, members) if (!st) st = take_member(r, m);
    struct ft_strmap names = {0};
    for (size_t i = 0; i < s->n && !st; i++) {
        const char *name = s->members[i].name;
        if (ft_strmap_get(&names, name, strlen(name)))
            st = fail(r, "two members have the same name");
        ft_strmap_put(&names, name, strlen(name), i);
    }
    ft_strmap_release(&names);
    return st;
}

enum ft_status sweep_file_read(struct ft_sweep *s, struct ft_err *err)
{
    struct ft_err own = {0};
    char *path = ft_path_join(s->dir, "sweep.json");
    cJSON *tree = NULL;
    struct reading r = {s, path, &own};
    enum ft_status st = FT_OK;
    if (!ft_path_is_file(path))
        st = ft_fail(&own, FT_NOTFOUND, "%s: no sweep here (no sweep.json)", s->dir);
    if (!st) st = ft_json_read(path, BYTES_MAX, &tree, &own);
    if (!st) st = take(&r, tree);
    cJSON_Delete(tree);
    free(path);
    return st ? ft_fail(err, st, "%s", own.msg) : FT_OK;
}
