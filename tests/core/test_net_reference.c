/* Whole nets against PyTorch and transformers: names and shapes, hidden states, logits, loss and
 * every gradient of one batch, and the losses, norms and weights of a run of updates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/optim.h"
#include "core/pool.h"
#include "core/sched.h"
#include "net_case.h"

#include <math.h>

/* Largest difference over largest expected element. */
static double relative(const float *got, const float *want, size_t n)
{
    double diff = 0, scale = 0;
    for (size_t i = 0; i < n; i++) {
        double d = fabs((double)got[i] - (double)want[i]), w = fabs((double)want[i]);
        if (!(d <= diff)) diff = d;
        if (w > scale) scale = w;
    }
    return scale > 0 ? diff / scale : diff;
}

static double worst;

static void check(const char *dir, const char *what, const float *got, const float *want, size_t n)
{
    double r = relative(got, want, n);
    if (!(r <= 1e-5)) fail_msg("%s: %s is off by %g of its largest element", dir, what, r);
    worst = r > worst ? r : worst;
}

static void check_outputs(struct net_case *c, struct ft_ws *ws)
{
    const struct ft_net_config *cfg = &c->net->cfg;
    size_t n = 0, N = c->batch.N;
    for (size_t l = 0; l <= cfg->layers && ft_ws_hidden(ws, l); l++) {
        char name[32];
        snprintf(name, sizeof(name), "hidden.%zu", l);
        float *want = case_floats(c->step, name, &n);
        assert_int_equal(n, N * cfg->hidden);
        check(c->dir, name, ft_ws_hidden(ws, l), want, n);
        free(want);
    }
    if (cfg->head == FT_HEAD_QA) {
        const char *const names[] = {"start_logits", "end_logits"};
        float *column = malloc(N * sizeof(float));
        for (size_t k = 0; k < 2; k++) {
            float *want = case_floats(c->step, names[k], &n);
            for (size_t i = 0; i < N; i++)
                column[i] = ft_ws_logits(ws)[2 * i + k];
            check(c->dir, names[k], column, want, N);
            free(want);
        }
        free(column);
        return;
    }
    float *want = case_floats(c->step, "logits", &n);
    if (cfg->head == FT_HEAD_CLASSIFY) {
        assert_int_equal(n, c->batch.B * cfg->labels);
        check(c->dir, "logits", ft_ws_logits(ws), want, n);
    } else if (cfg->head == FT_HEAD_TOKENS) {
        assert_int_equal(n, N * cfg->labels);
        check(c->dir, "logits", ft_ws_logits(ws), want, n);
    } else {
        float *got = malloc(n * sizeof(float));
        int32_t *rows = malloc(N * sizeof(*rows));
        for (size_t i = 0; i < N; i++)
            rows[i] = (int32_t)i;
        assert_int_equal(n, N * cfg->vocab);
        ft_net_lm_logits(c->net, ws, rows, N, got);
        check(c->dir, "logits", got, want, n);
        free(rows);
        free(got);
    }
    free(want);
}

static void check_gradients(struct net_case *c)
{
    double square = 0;
    for (size_t i = 0; i < c->net->params.n; i++) {
        const struct ft_param *p = &c->net->params.items[i];
        const float *g = c->net->g + p->offset;
        char name[256];
        size_t n = 0, from, to;
        snprintf(name, sizeof(name), "grad.%s", p->name);
        float *want = case_floats(c->step, name, &n);
        assert_int_equal(n, p->count);
        bool zero = case_skips(c, p->name, &from, &to);
        for (size_t k = 0; k < n; k++) {
            square += (double)g[k] * (double)g[k];
            if (zero && k >= from && k < to) {
                assert_true(fabsf(g[k]) < 1e-6f);
                want[k] = g[k];
            }
        }
        if (!zero || to != SIZE_MAX) check(c->dir, name, g, want, n);
        free(want);
    }
    float *norm = case_floats(c->step, "grad_norm", NULL);
    float got = (float)sqrt(square);
    check(c->dir, "grad_norm", &got, norm, 1);
    free(norm);
}

/* One batch; `full` keeps all hidden states, else the last layer is narrow. */
static void step(struct net_case *c, bool full)
{
    struct ft_err err = {0};
    struct ft_ws *ws = NULL;
    struct ft_ws_opt opt = {
        .N = c->batch.N, .B = c->batch.B, .T = c->batch.N, .train = true, .keep_hidden = full};
    if (ft_ws_new(&ws, c->net, &opt, &err)) fail_msg("%s", err.msg);
    if (ft_net_train_begin(c->net, &err)) fail_msg("%s", err.msg);
    if (ft_net_forward(c->net, ws, &c->batch, NULL, &err)) fail_msg("%s", err.msg);
    if (full) check_outputs(c, ws);

    double weight = ft_net_loss_weight(&c->net->cfg, &c->batch, &c->targets, c->class_weights);
    struct ft_loss_opt lo = {.smoothing = c->smoothing,
                             .class_weights = c->class_weights,
                             .grad_scale = (float)(1 / weight)};
    struct ft_net_loss loss;
    ft_net_loss(c->net, ws, &c->targets, &lo, &loss);
    assert_true(fabs(loss.weight - weight) < 1e-9 * weight);
    float got = (float)(loss.sum / loss.weight), *want = case_floats(c->step, "loss", NULL);
    check(c->dir, "loss", &got, want, 1);
    free(want);
    ft_net_backward(c->net, ws);
    check_gradients(c);
    ft_ws_free(ws);
}

static void evaluation(struct net_case *c)
{
    struct ft_err err = {0};
    for (int keep = 0; keep < 2; keep++) {
        struct ft_ws *ws = NULL;
        struct ft_ws_opt opt = {
            .N = c->batch.N, .B = c->batch.B, .T = c->batch.N, .keep_hidden = keep};
        if (ft_ws_new(&ws, c->net, &opt, &err)) fail_msg("%s", err.msg);
        if (ft_net_forward(c->net, ws, &c->batch, NULL, &err)) fail_msg("%s", err.msg);
        if (keep) check_outputs(c, ws);
        struct ft_net_loss loss;
        struct ft_loss_opt lo = {.smoothing = c->smoothing, .class_weights = c->class_weights};
        ft_net_loss(c->net, ws, &c->targets, &lo, &loss);
        float got = (float)(loss.sum / loss.weight), *want = case_floats(c->step, "loss", NULL);
        check(c->dir, "loss in evaluation", &got, want, 1);
        free(want);
        ft_ws_free(ws);
    }
}

static void step_case(const char *dir)
{
    struct net_case c;
    net_case_open(&c, dir);
    worst = 0;
    evaluation(&c);
    step(&c, true);
    step(&c, false);
    if (c.net->cfg.head == FT_HEAD_MLM) {
        int32_t *rows = malloc(c.batch.N * sizeof(*rows));
        size_t R = 0;
        for (size_t n = 0; n < c.batch.N; n++)
            if (c.labels[n] >= 0) rows[R++] = (int32_t)n;
        c.batch.rows = rows;
        c.batch.R = R;
        step(&c, false);
        free(rows);
    }
    print_message("%s: within %.1e\n", ft_path_base(dir), worst);
    net_case_close(&c);
}

static void one_batch(void **state)
{
    (void)state;
    struct ft_err err = {0};
    assert_int_equal(ft_pool_init(2, &err), FT_OK);
    for_each_case(step_case);
}

/* A classification run: its texts' ids are in predict.jsonl, the first 40 those of training, and
 * their labels in train.csv, the last column of one line each; of several labels the last columns, 0 or
 * 1. */
enum { VALUES = 8 };
struct run_text {
    int32_t ids[128], types[128];
    size_t n;
    int32_t label, labels[128]; /* labels: of tokens */
    float values[VALUES];
};

/* Of token classification: its windows are in run.json. */
static size_t read_windows(const struct net_case *c, struct run_text *texts, size_t cap)
{
    const cJSON *window, *x;
    size_t n = 0;
    cJSON_ArrayForEach(window, cJSON_GetObjectItem(c->run, "windows"))
    {
        if (n == cap) break;
        struct run_text *t = &texts[n++];
        cJSON_ArrayForEach(x, cJSON_GetObjectItem(window, "labels")) t->labels[t->n++ % 128] =
            (int32_t)x->valuedouble;
        assert_true(t->n < 128);
        t->n = 0;
        cJSON_ArrayForEach(x, cJSON_GetObjectItem(window, "input_ids")) t->ids[t->n++] =
            (int32_t)x->valuedouble;
    }
    return n;
}

/* The last n cells of a line, from its end. */
static void read_values(char *line, size_t n, float *values)
{
    assert_true(n <= VALUES);
    for (size_t k = n; k-- > 0;) {
        char *cell = strrchr(line, ',');
        assert_non_null(cell);
        values[k] = strtof(cell + 1, NULL);
        *cell = 0;
    }
}

static size_t read_texts(const struct net_case *c, struct run_text *texts, size_t cap)
{
    char *path = ft_path_join(c->dir, "predict.jsonl");
    struct reference_lines lines = reference_read(path);
    free(path);
    struct ft_err err = {0};
    char *csv = NULL;
    size_t csv_n = 0, n = 0;
    path = ft_path_join(c->dir, "train.csv");
    if (ft_file_read(path, 1u << 20, &csv, &csv_n, &err)) fail_msg("%s", err.msg);
    free(path);
    const cJSON *labels = cJSON_GetObjectItem(c->run, "labels");
    char *rest = NULL, *line = strtok_r(csv, "\r\n", &rest);
    for (; n < cap && n < lines.n; n++) {
        struct run_text *t = &texts[n];
        const cJSON *id;
        int32_t seps = 0;
        t->n = 0;
        cJSON_ArrayForEach(id, cJSON_GetObjectItem(lines.rows[n], "input_ids"))
        {
            assert_true(t->n < 128);
            t->types[t->n] = c->types && seps ? 1 : 0; /* [SEP] is 3 in the small vocabularies */
            t->ids[t->n++] = (int32_t)id->valuedouble;
            seps += id->valuedouble == 3;
        }
        t->label = -1;
        line = strtok_r(NULL, "\r\n", &rest); /* the first one was the header */
        assert_non_null(line);
        if (c->values) {
            read_values(line, c->net->cfg.labels, t->values);
            continue;
        }
        const char *label = strrchr(line, ',') + 1;
        for (int k = 0; k < cJSON_GetArraySize(labels); k++) {
            if (!strcmp(cJSON_GetArrayItem(labels, k)->valuestring, label)) t->label = k;
        }
        assert_true(t->label >= 0);
    }
    for (size_t i = 0; i < lines.n; i++)
        cJSON_Delete(lines.rows[i]);
    free(lines.rows);
    free(csv);
    return n;
}

struct run_batch {
    int32_t ids[8 * 128], types[8 * 128], offsets[9], labels[8], tokens[8 * 128];
    float values[8 * VALUES];
    struct ft_net_batch batch;
    struct ft_net_targets targets;
};

/* several: of several labels how many, else 0. */
static void make_batch(struct run_batch *r, const struct run_text *texts, size_t texts_n,
                       size_t first, bool tokens, size_t several)
{
    size_t n = 0;
    for (size_t b = 0; b < 8; b++) {
        const struct run_text *t = &texts[(first + b) % texts_n];
        memcpy(r->tokens + n, t->labels, t->n * sizeof(*t->labels));
        r->offsets[b] = (int32_t)n;
        memcpy(r->ids + n, t->ids, t->n * sizeof(*t->ids));
        memcpy(r->types + n, t->types, t->n * sizeof(*t->types));
        r->labels[b] = t->label;
        memcpy(r->values + b * several, t->values, several * sizeof *t->values);
        n += t->n;
    }
    r->offsets[8] = (int32_t)n;
    r->batch = (struct ft_net_batch){
        .N = n, .B = 8, .ids = r->ids, .types = r->types, .offsets = r->offsets};
    r->targets = several ? (struct ft_net_targets){.values = r->values}
                         : (struct ft_net_targets){.labels = tokens ? r->tokens : r->labels};
}

/* How far rounding may move each weight. A gradient in float32 has an error d of some 2e-7 of its
 * tensor's largest element, whatever its own size: it is a sum of products of both signs. Adam
 * steps by lr * u, u = m / (sqrt(v) + eps). The error moves m by at most d, and sqrt(v), a norm of
 * past gradients, too; so it moves u by at most (1 + |u|) d / (sqrt(v) + eps). That is much only
 * where all past gradients are about as small as their rounding, and never more than the step
 * itself. */
static void add_rounding(double *bound, const struct ft_params *params, const struct ft_optim *o,
                         const float *g, const float *m, const float *v)
{
    double m_scale = 1 - pow(o->beta1, (double)o->step),
           v_scale = 1 - pow(o->beta2, (double)o->step);
    for (size_t i = 0; i < params->n; i++) {
        const struct ft_param *p = &params->items[i];
        double largest = 0;
        for (size_t k = p->offset; k < p->offset + p->count; k++)
            largest = fmax(largest, fabs((double)g[k]));
        double d = 2e-7 * largest * o->grad_scale;
        for (size_t k = p->offset; k < p->offset + p->count; k++) {
            if (v[k] == 0) continue; /* no gradient so far: a token that did not occur */
            double root = sqrt((double)v[k] / v_scale) + o->eps, u = (double)m[k] / m_scale / root;
            bound[k] += o->lr * fmin((1 + fabs(u)) * d / root, 2);
        }
    }
}

/* Within 1e-5 and what rounding may make of it. */
static void check_final(const struct net_case *c, const double *bound)
{
    size_t beyond = 0, loose = 0;
    struct ft_err err = {0};
    struct ft_st *st = NULL;
    char *path = ft_path_join(c->dir, "final.safetensors");
    if (ft_st_open(&st, path, &err)) fail_msg("%s", err.msg);
    free(path);
    for (size_t i = 0; i < c->net->params.n; i++) {
        const struct ft_param *p = &c->net->params.items[i];
        size_t from, to;
        bool skip = case_skips(c, p->name, &from, &to);
        float *want = case_floats(st, p->name, NULL);
        for (size_t k = 0; k < p->count; k++) {
            if (skip && k >= from && k < to) continue;
            double d = fabs((double)c->net->w[p->offset + k] - (double)want[k]);
            double may = 1e-5 + bound[p->offset + k];
            if (!(d <= may))
                fail_msg("%s: final %s[%zu] is off by %g, rounding explains %g", c->dir, p->name, k,
                         d, may);
            loose += may > 2e-5;
            beyond += d > 1e-5;
            worst = d > worst ? d : worst;
        }
        free(want);
    }
    if (beyond) print_message("%s: rounding explains %zu weights\n", c->dir, beyond);
    /* where it is needed, a bound that is wide proves nothing */
    assert_true(!beyond || loose * 20 < c->net->params.floats);
    ft_st_close(st);
}

static void run_case(const char *dir)
{
    struct net_case c;
    struct ft_err err = {0};
    net_case_open(&c, dir);
    const cJSON *losses = cJSON_GetObjectItem(c.run, "loss");
    bool tokens = c.net->cfg.head == FT_HEAD_TOKENS;
    bool windows = tokens && cJSON_GetObjectItem(c.run, "windows");
    if ((c.net->cfg.head != FT_HEAD_CLASSIFY && !windows) || !cJSON_GetArraySize(losses)) {
        net_case_close(&c);
        return;
    }
    size_t texts_n = tokens ? 96 : 40; /* of tokens: all that the updates read */
    struct run_text *texts = calloc(texts_n, sizeof(*texts));
    struct run_batch *b = calloc(1, sizeof(*b));
    assert_true(texts && b);
    assert_int_equal(tokens ? read_windows(&c, texts, texts_n) : read_texts(&c, texts, texts_n),
                     texts_n);

    struct ft_ws *ws = NULL;
    struct ft_ws_opt opt = {.N = 8 * 128, .B = 8, .T = 128, .train = true};
    if (ft_ws_new(&ws, c.net, &opt, &err)) fail_msg("%s", err.msg);
    if (ft_net_train_begin(c.net, &err)) fail_msg("%s", err.msg);
    size_t floats = c.net->params.floats;
    float *m = calloc(floats, sizeof(float)), *v = calloc(floats, sizeof(float));
    double *bound = calloc(floats, sizeof(*bound));
    struct ft_optim_range *ranges = calloc(c.net->params.n, sizeof(*ranges));
    size_t ranges_n = ft_params_ranges(&c.net->params, NULL, ranges);
    struct ft_optim o = {.beta1 = case_hyper(&c, "adam_beta1", 0.9),
                         .beta2 = case_hyper(&c, "adam_beta2", 0.999),
                         .eps = case_hyper(&c, "adam_epsilon", 1e-8),
                         .weight_decay = case_hyper(&c, "weight_decay", 0)};
    enum ft_sched_kind sched;
    assert_true(ft_optim_parse(case_hyper_text(&c, "optim", "adamw_torch"), &o.kind));
    assert_true(ft_sched_parse(case_hyper_text(&c, "lr_scheduler_type", "linear"), &sched));
    size_t steps = (size_t)cJSON_GetArraySize(losses);
    size_t micro = (size_t)case_hyper(&c, "gradient_accumulation_steps", 1), at = 0;
    const cJSON *norms = cJSON_GetObjectItem(c.run, "grad_norm");
    size_t several = c.values ? c.net->cfg.labels : 0;

    for (size_t s = 0; s < steps; s++) {
        /* 5 batches an epoch (of tokens: 15, of which 12 are read); the last group of an epoch may be smaller. */
        size_t here = tokens || micro < 5 - at % 5 ? micro : 5 - at % 5;
        double weight = 0, sum = 0;
        for (size_t k = 0; k < here; k++) {
            make_batch(b, texts, texts_n, (at + k) * 8, tokens, several);
            weight += ft_net_loss_weight(&c.net->cfg, &b->batch, &b->targets, c.class_weights);
        }
        ft_net_grads_zero(c.net);
        for (size_t k = 0; k < here; k++, at++) {
            struct ft_net_loss loss;
            struct ft_loss_opt lo = {.smoothing = c.smoothing,
                                     .class_weights = c.class_weights,
                                     .grad_scale = (float)(1 / weight)};
            make_batch(b, texts, texts_n, at * 8, tokens, several);
            if (ft_net_forward(c.net, ws, &b->batch, NULL, &err)) fail_msg("%s", err.msg);
            ft_net_loss(c.net, ws, &b->targets, &lo, &loss);
            ft_net_backward(c.net, ws);
            sum += loss.sum;
        }
        double want = cJSON_GetArrayItem(losses, (int)s)->valuedouble;
        if (!(fabs(sum / weight - want) <= 1e-5))
            fail_msg("%s: loss of update %zu is %.8f, should be %.8f", dir, s + 1, sum / weight,
                     want);
        double norm = ft_optim_norm(c.net->g, ranges, ranges_n);
        want = cJSON_GetArrayItem(norms, (int)s)->valuedouble;
        if (!(fabs(norm - want) <= 1e-4 * want))
            fail_msg("%s: gradient norm of update %zu is %g, should be %g", dir, s + 1, norm, want);
        o.step = s + 1;
        o.lr = ft_sched_lr(sched, case_hyper(&c, "learning_rate", 0), s,
                           (uint64_t)case_hyper(&c, "warmup_steps", 0), steps);
        o.grad_scale = ft_optim_clip(norm, case_hyper(&c, "max_grad_norm", 1));
        bool states = ft_optim_states(o.kind) > 0;
        ft_optim_step(&o, c.net->w, c.net->g, states ? m : NULL, states ? v : NULL, ranges,
                      ranges_n);
        if (states) add_rounding(bound, &c.net->params, &o, c.net->g, m, v);
    }
    worst = 0;
    check_final(&c, bound);
    print_message("%s: %zu updates, final weights within %.1e\n", ft_path_base(dir), steps, worst);
    ft_ws_free(ws);
    free(ranges);
    free(bound);
    free(m);
    free(v);
    free(b);
    free(texts);
    net_case_close(&c);
}

static void runs(void **state)
{
    (void)state;
    for_each_case(run_case);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_batch),
        cmocka_unit_test(runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
