/* Question answering data after it was read: see squad.h. Links between questions, paragraphs and
 * articles, splits, limits, rows as JSON. The reader is squad_read.c, the places of answers are
 * found by squad_place.c. */
#include "data/squad_in.h"

#include "data/input.h"
#include "util/hash.h"
#include "util/json.h"

#include <stdlib.h>
#include <string.h>

struct key {
    uint32_t group, at;
};

static int by_key(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    if (x->group != y->group) return x->group < y->group ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

/* Flattened rows may come in any order: paragraphs are put together by article, questions by
 * paragraph. */
static void sort_flat(struct ft_squad *q)
{
    size_t n = q->paragraphs_n > q->questions_n ? q->paragraphs_n : q->questions_n;
    struct key *keys = ft_xcalloc(n, sizeof *keys);
    uint32_t *to = ft_xcalloc(q->paragraphs_n, sizeof *to);
    struct ft_squad_paragraph *ps = ft_xcalloc(q->paragraphs_n, sizeof *ps);
    struct ft_squad_question *qs = ft_xcalloc(q->questions_n, sizeof *qs);
    for (size_t i = 0; i < q->paragraphs_n; i++)
        keys[i] = (struct key){q->paragraphs[i].article, (uint32_t)i};
    if (q->paragraphs_n) qsort(keys, q->paragraphs_n, sizeof *keys, by_key);
    for (size_t i = 0; i < q->paragraphs_n; i++) {
        ps[i] = q->paragraphs[keys[i].at];
        to[keys[i].at] = (uint32_t)i;
    }
    for (size_t i = 0; i < q->questions_n; i++) {
        q->questions[i].paragraph = to[q->questions[i].paragraph];
        keys[i] = (struct key){q->questions[i].paragraph, (uint32_t)i};
    }
    if (q->questions_n) qsort(keys, q->questions_n, sizeof *keys, by_key);
    for (size_t i = 0; i < q->questions_n; i++)
        qs[i] = q->questions[keys[i].at];
    free(q->paragraphs);
    free(q->questions);
    q->paragraphs = ps;
    q->questions = qs;
    q->cap[1] = q->paragraphs_n;
    q->cap[2] = q->questions_n;
    free(to);
    free(keys);
}

void ft_squad_link(struct ft_squad *q)
{
    if (q->flat) sort_flat(q);
    const char *v = q->version[0] == 'v' || q->version[0] == 'V' ? q->version + 1 : q->version;
    q->v2 = *v == '2';
    struct ft_strmap ids = {0};
    for (size_t i = 0; i < q->questions_n; i++) {
        const struct ft_squad_question *s = &q->questions[i];
        q->v2 |= s->impossible || (q->flat && !s->answers_n && !s->unanswered && !q->version[0]);
        q->questions_empty += !s->text.n;
        if (ft_strmap_get(&ids, s->id.data, s->id.n))
            q->duplicate_ids++;
        else
            ft_strmap_put(&ids, s->id.data, s->id.n, i);
        struct ft_squad_paragraph *p = &q->paragraphs[s->paragraph];
        if (!p->questions_n++) p->questions_first = (uint32_t)i;
    }
    ft_strmap_release(&ids);
    for (size_t i = 0; i < q->questions_n; i++) {
        struct ft_squad_question *s = &q->questions[i];
        /* the answers decide, as in the official script and in transformers */
        q->contradictions += s->impossible && s->answers_n;
        s->impossible = q->v2 && !s->answers_n && !s->unanswered;
        q->impossible += s->impossible;
    }
    for (size_t i = 0; i < q->paragraphs_n; i++) {
        struct ft_squad_article *a = &q->articles[q->paragraphs[i].article];
        if (!a->paragraphs_n++) a->paragraphs_first = (uint32_t)i;
        q->contexts_empty += !q->paragraphs[i].context.n;
    }
    ft_squad_place(q);
}

void ft_squad_release(struct ft_squad *q)
{
    free(q->articles);
    free(q->paragraphs);
    free(q->questions);
    free(q->answers);
    ft_arena_release(&q->arena);
    if (q->input) ft_input_close(q->input);
    free(q->input);
    free(q->path);
    memset(q, 0, sizeof *q);
}

void ft_squad_split(struct ft_squad *q, const double share[FT_PART_COUNT], struct ft_fold fold,
                    uint64_t seed)
{
    size_t *sizes = ft_xcalloc(q->articles_n, sizeof *sizes);
    uint8_t *parts = ft_xcalloc(q->articles_n, 1);
    for (size_t i = 0; i < q->questions_n; i++)
        if (q->questions[i].kept) sizes[q->paragraphs[q->questions[i].paragraph].article]++;
    if (fold.of)
        ft_fold_groups(sizes, q->articles_n, fold, seed, parts);
    else
        ft_split_groups(sizes, q->articles_n, share, seed, parts);
    for (size_t i = 0; i < q->questions_n; i++)
        q->questions[i].part = parts[q->paragraphs[q->questions[i].paragraph].article];
    free(parts);
    free(sizes);
}

void ft_squad_limit(struct ft_squad *q, size_t limit, uint64_t seed)
{
    int32_t *labels = ft_xcalloc(q->questions_n, sizeof *labels);
    bool *keep = ft_xcalloc(q->questions_n, sizeof *keep);
    for (size_t i = 0; i < q->questions_n; i++)
        labels[i] = q->questions[i].impossible;
    ft_sample_stratified(labels, q->questions_n, 2, limit, seed, keep);
    for (size_t i = 0; i < q->questions_n; i++)
        q->questions[i].kept = q->questions[i].kept && keep[i];
    free(keep);
    free(labels);
}

void ft_squad_sample_training(struct ft_squad *q, struct ft_sample_size size, uint64_t seed)
{
    size_t *place = ft_xcalloc(q->questions_n + 1, sizeof *place), n = 0;
    int32_t *labels = ft_xcalloc(q->questions_n + 1, sizeof *labels);
    bool *keep = ft_xcalloc(q->questions_n + 1, sizeof *keep);
    for (size_t i = 0; i < q->questions_n; i++) {
        if (!q->questions[i].kept || q->questions[i].part != FT_PART_TRAIN) continue;
        labels[n] = q->questions[i].impossible;
        place[n++] = i;
    }
    size_t want = ft_sample_size_of(size, n);
    ft_sample_stratified(labels, n, 2, want, seed, keep);
    for (size_t i = 0; i < n; i++)
        q->questions[place[i]].kept = keep[i];
    free(keep);
    free(labels);
    free(place);
}

enum ft_status ft_squad_answered(struct ft_squad *q, struct ft_err *err)
{
    size_t left = 0;
    for (size_t i = 0; i < q->questions_n; i++) {
        if (q->questions[i].unanswered) q->questions[i].kept = false;
        left += q->questions[i].kept;
    }
    if (left) return FT_OK;
    return ft_fail(err, FT_FORMAT,
                   "%s: no question has an answer; expected \"answers\" with \"text\" and "
                   "\"answer_start\": without them, only prediction is possible",
                   q->path);
}

void ft_squad_row_json(const struct ft_squad *q, size_t question, struct ft_str *out)
{
    const struct ft_squad_question *s = &q->questions[question];
    const struct ft_squad_paragraph *p = &q->paragraphs[s->paragraph];
    const struct {
        const char *key;
        struct ft_text text;
    } texts[] = {{"id", s->id},
                 {"title", q->articles[p->article].title},
                 {"context", p->context},
                 {"question", s->text}};
    ft_str_addc(out, '{');
    for (size_t i = 0; i < 4; i++) {
        ft_json_add_key(out, texts[i].key);
        ft_json_add_str(out, texts[i].text.data ? texts[i].text.data : "", texts[i].text.n);
    }
    ft_json_add_key(out, "answers");
    ft_str_addz(out, "{\"text\":[");
    for (uint32_t i = 0; i < s->answers_n; i++) {
        const struct ft_squad_answer *a = &q->answers[s->answers_first + i];
        if (i) ft_str_addc(out, ',');
        ft_json_add_str(out, a->text.data, a->text.n);
    }
    ft_str_addz(out, "],\"answer_start\":[");
    for (uint32_t i = 0; i < s->answers_n; i++)
        ft_str_addf(out, "%s%zu", i ? "," : "", q->answers[s->answers_first + i].start_cp);
    ft_str_addz(out, "]}}");
}
