/* Text classification, one text or a pair: see task.h. */
#include "engine/task/task.h"

#include "engine/task/classify.h"
#include "util/log.h"
#include "util/mem.h"

#include <stdlib.h>
#include <string.h>

static size_t count(const struct ft_run_data *d, enum ft_part part)
{
    return d->x.part_n[part];
}

static void split_json(const struct ft_run_data *d, struct ft_str *out)
{
    ft_examples_split_json(&d->x, out);
}

static enum ft_status sequences(struct ft_sequences *s, const struct ft_run_data *d,
                                enum ft_part part, const struct ft_model_file *m,
                                const struct ft_options *o, bool to_score, struct ft_job *w,
                                struct ft_err *err)
{
    size_t length = (size_t)ft_options_int(o, FT_OPT_max_seq_length);
    bool head_tail = ft_options_choice(o, FT_OPT_truncation) == FT_TRUNCATION_HEAD_TAIL;
    (void)to_score;
    if (length > m->max_tokens) length = m->max_tokens;
    return ft_sequences_make(s, &d->x, part, m->tok, length, head_tail, w, err);
}

static void write_lines(const struct ft_scoring *in, const struct ft_classified *c, FILE *lines)
{
    const struct ft_labels *labels = &in->d->x.labels;
    double *p = ft_xmalloc(c->labels * sizeof *p);
    float *shares = ft_xmalloc(c->labels * sizeof *shares);
    struct ft_str s = {0};
    for (size_t i = 0; i < c->n; i++) {
        const struct ft_example *e = &in->d->x.items[in->s->example[i]];
        ft_probabilities(c->logits + i * c->labels, c->labels, p);
        for (size_t k = 0; k < c->labels; k++)
            shares[k] = (float)p[k];
        struct ft_prediction_line x = {.row = e->row,
                                       .part = ft_part_name(in->part),
                                       .text = e->text.data,
                                       .n = e->text.n,
                                       .pair = e->pair.data,
                                       .pair_n = e->pair.n,
                                       .names = (const char *const *)labels->names,
                                       .labels = c->labels,
                                       .label = e->label,
                                       .predicted = c->predicted[i],
                                       .probabilities = shares,
                                       .loss = c->losses[i]};
        ft_str_clear(&s);
        ft_prediction_line(&s, &x);
        fwrite(s.data, 1, s.len, lines);
    }
    ft_str_release(&s);
    free(shares);
    free(p);
}

static enum ft_status score(const struct ft_scoring *in, struct ft_scores *scores, FILE *lines,
                            struct ft_job *w, struct ft_err *err)
{
    struct ft_classified c;
    size_t batch = (size_t)ft_options_int(in->o, FT_OPT_per_device_eval_batch_size);
    enum ft_status st = ft_classify(&c, in->m->net, in->s, batch, w, err);
    if (st) return st;
    ft_scores_make(scores, (const char *const *)in->d->x.labels.names, c.labels, c.confusion,
                   c.loss);
    if (lines) write_lines(in, &c, lines);
    ft_classified_release(&c);
    return FT_OK;
}

const struct ft_task_ops ft_task_classify = {.open = ft_run_data_read,
                                             .count = count,
                                             .split_json = split_json,
                                             .sequences = sequences,
                                             .score = score};
