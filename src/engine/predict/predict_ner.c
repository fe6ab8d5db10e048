/* Entities in texts and sentences: see predict.h. A text is a sentence whose words are the
 * tokenizer's; its windows and its labels are made as in an evaluation (engine/task/ner.h). */
#include "engine/predict/predict_in.h"

#include "engine/task/ner.h"
#include "engine/task/task_facts.h"
#include "util/json.h"
#include "util/log.h"
#include "util/mem.h"

#include <stdlib.h>
#include <string.h>

void ft_tagging_release(struct ft_tagging *x)
{
    for (size_t i = 0; i < x->entities_n; i++)
        free(x->entities[i].type);
    free(x->text);
    free(x->words);
    free(x->entities);
    memset(x, 0, sizeof *x);
}

const char *ft_tagging_label(const struct ft_predictor *p, const struct ft_tagging_word *w)
{
    return w->label < 0 ? "O" : ft_predictor_label(p, (size_t)w->label);
}

static const struct ft_tag_set *tags_of(struct ft_predictor *p)
{
    if (!p->tags.n)
        ft_tag_set_init(&p->tags, (const char *const *)p->m->config.labels, ft_predictor_labels(p));
    return &p->tags;
}

static void find_entities(struct ft_predictor *p, const int32_t *tags, struct ft_tagging *out)
{
    struct ft_entity *found = ft_xcalloc(out->words_n + 1, sizeof *found);
    const struct ft_tag_set *set = tags_of(p);
    size_t n = ft_entities(set, tags, out->words_n, found);
    out->entities = ft_xcalloc(n + 1, sizeof *out->entities);
    for (size_t i = 0; i < n; i++) {
        const struct ft_tagging_word *first = &out->words[found[i].first],
                                     *last = &out->words[found[i].end - 1];
        struct ft_tagging_entity *e = &out->entities[out->entities_n++];
        *e = (struct ft_tagging_entity){.word = found[i].first,
                                        .words = found[i].end - found[i].first,
                                        .start = first->start,
                                        .end = last->end,
                                        .first = first->first,
                                        .last = last->last,
                                        .type = ft_xstrdup(set->types.names[found[i].type])};
        for (size_t k = found[i].first; k < found[i].end; k++)
            e->score += out->words[k].score / (double)e->words;
    }
    free(found);
}

/* The words of a sentence with what was predicted for them. */
static void take(struct ft_predictor *p, const struct ft_tagged *g, const struct ft_sentence *s,
                 const int32_t *tags, const float *scores, struct ft_tagging *out)
{
    *out = (struct ft_tagging){.text = ft_xstrndup(s->text.data ? s->text.data : "", s->text.n),
                               .n = s->text.n,
                               .words_n = s->n};
    out->words = ft_xcalloc(s->n + 1, sizeof *out->words);
    for (size_t i = 0; i < s->n; i++) {
        const struct ft_word *w = &g->words[s->first + i];
        out->words[i] = (struct ft_tagging_word){.start = w->start,
                                                 .end = w->end,
                                                 .first = w->first,
                                                 .last = w->last,
                                                 .label = tags[i],
                                                 .score = tags[i] < 0 ? 1 : (double)scores[i]};
    }
    find_entities(p, tags, out);
}

static enum ft_status check_task(const struct ft_predictor *p, struct ft_err *err)
{
    if (ft_task_has(ft_predictor_task(p), FT_TRAIT_TAGS)) return FT_OK;
    return ft_fail(err, FT_USAGE, "%s: does not predict entities, its task is %s%s", p->m->name,
                   ft_task_name(ft_predictor_task(p)),
                   ft_task_facts(ft_predictor_task(p))->ask_hint);
}

enum ft_status ft_predict_entities(struct ft_predictor *p, const char *text, size_t n,
                                   struct ft_tagging *out, struct ft_err *err)
{
    struct ft_tagged g = {.form = FT_TAGGED_TEXT};
    struct ft_sentence s = {.text = {text ? text : "", n}};
    struct ft_sequences seq = {0};
    struct ft_ner_opt opt;
    struct ft_ner_result r = {0};
    enum ft_status st = check_task(p, err);
    memset(out, 0, sizeof *out);
    if (st) return st;
    ft_labels_init(&g.tags);
    ft_ner_opt_of(&opt, &p->o, p->max_length);
    opt.max_length = p->max_length;
    if (!ft_options_given(&p->o, FT_OPT_doc_stride)) opt.stride = p->max_length / 3;
    ft_text_words(p->m->tok, p->ctx, s.text, &g.words, &g.words_n, &g.words_cap);
    s.n = g.words_n;
    st = ft_ner_windows_one(&seq, &g, &s, 0, p->m->tok, p->ctx, &opt, NULL, err);
    size_t batch = (size_t)ft_options_int(&p->o, FT_OPT_per_device_eval_batch_size);
    if (!st) st = ft_ner_classify(&r, &s.n, 1, p->m->net, &seq, batch, NULL, err);
    if (!st) take(p, &g, &s, r.tags, r.scores, out);
    out->windows = seq.n;
    ft_ner_result_release(&r);
    ft_sequences_release(&seq);
    ft_tagged_release(&g);
    return st;
}

static void add_span(struct ft_str *out, size_t first, size_t last)
{
    ft_str_addf(out, ",\"start\":%zu,\"end\":%zu", first, last);
}

void ft_tagging_json(const struct ft_predictor *p, const struct ft_tagging *x, struct ft_str *out)
{
    ft_str_addz(out, "{\"text\":");
    ft_json_add_str(out, x->text, x->n);
    ft_str_addz(out, ",\"entities\":[");
    for (size_t i = 0; i < x->entities_n; i++) {
        const struct ft_tagging_entity *e = &x->entities[i];
        ft_str_addz(out, i ? ",{" : "{");
        ft_json_put_text(out, "entity", e->type);
        ft_json_add_key(out, "text");
        ft_json_add_str(out, x->text + e->start, e->end - e->start);
        add_span(out, e->first, e->last);
        ft_json_add_key(out, "score");
        ft_json_add_f32(out, (float)e->score);
        ft_str_addc(out, '}');
    }
    ft_str_addz(out, "],\"words\":[");
    for (size_t i = 0; i < x->words_n; i++) {
        const struct ft_tagging_word *w = &x->words[i];
        ft_str_addz(out, i ? ",{\"word\":" : "{\"word\":");
        ft_json_add_str(out, x->text + w->start, w->end - w->start);
        add_span(out, w->first, w->last);
        ft_json_put_text(out, "label", ft_tagging_label(p, w));
        ft_json_add_key(out, "score");
        ft_json_add_f32(out, (float)w->score);
        ft_str_addc(out, '}');
    }
    ft_str_addz(out, "]}");
}

enum ft_status ft_predict_sentences(struct ft_predictor *p, const struct ft_options *o,
                                    ft_tagging_fn *row, void *arg, struct ft_job *w,
                                    struct ft_err *err)
{
    struct ft_predict_data d = {0};
    struct ft_ner_result r = {0};
    size_t *words = NULL, batch = (size_t)ft_options_int(&p->o, FT_OPT_per_device_eval_batch_size);
    enum ft_status st = check_task(p, err);
    if (!st) st = ft_predict_data_open(p, o, true, NULL, &d, w, err);
    const struct ft_examples *x = &d.d.x;
    if (!st) {
        words = ft_xcalloc(x->n + 1, sizeof *words);
        for (size_t i = 0; i < x->n; i++)
            words[i] = ft_examples_sentence(x, i)->n;
        st = ft_ner_classify(&r, words, x->n, p->m->net, &d.s, batch, w, err);
    }
    for (size_t i = 0; !st && i < x->n; i++) {
        struct ft_tagging one;
        take(p, x->tagged[x->items[i].file], ft_examples_sentence(x, i), r.tags + r.start[i],
             r.scores + r.start[i], &one);
        st = row(arg, x->items[i].row, &one, err);
        ft_tagging_release(&one);
    }
    ft_ner_result_release(&r);
    free(words);
    ft_predict_data_release(&d);
    return st;
}
