/* See squad_scores.h. Texts are normalised to words joined by one blank; equality of that text is
 * the exact match, F1 counts the words that both have. */
#include "engine/task/squad_scores.h"

#include "data/squad.h"
#include "data/unicode.h"
#include "util/fs.h"
#include "util/hash.h"
#include "util/json.h"
#include "util/mem.h"

#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES_MAX = 512 << 20 };

static bool is_space(uint32_t cp)
{
    return (cp >= 0x1c && cp <= 0x1f) || (ft_uni_class(cp) & FT_UNI_SPACE);
}

static bool is_word(uint32_t cp)
{
    return cp == '_' || (ft_uni_class(cp) & (FT_UNI_LETTER | FT_UNI_NUMBER));
}

static bool is_ascii_punct(uint32_t cp)
{
    return (cp >= 33 && cp <= 47) || (cp >= 58 && cp <= 64) || (cp >= 91 && cp <= 96) ||
           (cp >= 123 && cp <= 126);
}

static bool is_article(const char *s, size_t n)
{
    return (n == 1 && *s == 'a') || (n == 2 && !memcmp(s, "an", 2)) ||
           (n == 3 && !memcmp(s, "the", 3));
}

/* Small letters, no ASCII punctuation. */
static void lower_and_strip(const char *text, size_t n, struct ft_str *out)
{
    for (size_t i = 0; i < n;) {
        uint32_t low[2];
        size_t k = ft_uni_lower(ft_uni_next(text, n, &i), low);
        for (size_t j = 0; j < k; j++) {
            char bytes[4];
            if (!is_ascii_punct(low[j])) ft_str_add(out, bytes, ft_uni_put(low[j], bytes));
        }
    }
}

/* Words joined by one blank, articles left out; `out` starts empty. */
static void normalise(const char *text, size_t n, struct ft_str *out)
{
    struct ft_str s = {0};
    bool gap = false;
    ft_uni_init();
    lower_and_strip(text, n, &s);
    for (size_t i = 0; i < s.len;) {
        size_t from = i, to = i;
        uint32_t cp = ft_uni_next(s.data, s.len, &to);
        if (is_word(
                cp)) { /* a whole run of letters, so that an article stands between boundaries */
            for (size_t next = to; to < s.len; to = next)
                if (!is_word(ft_uni_next(s.data, s.len, &next))) break;
        }
        i = to;
        if (is_space(cp) || is_article(s.data + from, to - from)) {
            gap = out->len > 0;
            continue;
        }
        if (gap) ft_str_addc(out, ' ');
        gap = false;
        ft_str_add(out, s.data + from, to - from);
    }
    ft_str_release(&s);
}

static size_t next_word(const struct ft_str *s, size_t *at, const char **word)
{
    if (*at >= s->len) return 0;
    *word = s->data + *at;
    const char *end = memchr(*word, ' ', s->len - *at);
    size_t n = end ? (size_t)(end - *word) : s->len - *at;
    *at += n + 1;
    return n;
}

static double exact(const struct ft_str *gold, const struct ft_str *said)
{
    return gold->len == said->len && !memcmp(ft_str_text(gold), ft_str_text(said), gold->len);
}

/* F1 of characters, without the blanks between words. */
static size_t next_char(const struct ft_str *s, size_t *at, const char **c)
{
    while (*at < s->len && s->data[*at] == ' ')
        ++*at;
    if (*at >= s->len) return 0;
    size_t from = *at;
    ft_uni_next(s->data, s->len, at);
    *c = s->data + from;
    return *at - from;
}

typedef size_t next_fn(const struct ft_str *s, size_t *at, const char **piece);

static double f1_of(const struct ft_str *gold, const struct ft_str *said, next_fn *next)
{
    if (!gold->len || !said->len) return exact(gold, said);
    struct ft_strmap left = {0};
    const char *word;
    size_t gold_n = 0, said_n = 0, same = 0;
    for (size_t at = 0, n; (n = next(gold, &at, &word)); gold_n++) {
        size_t *count = ft_strmap_get(&left, word, n);
        if (count)
            (*count)++;
        else
            ft_strmap_put(&left, word, n, 1);
    }
    for (size_t at = 0, n; (n = next(said, &at, &word)); said_n++) {
        size_t *count = ft_strmap_get(&left, word, n);
        if (count && *count) {
            (*count)--;
            same++;
        }
    }
    ft_strmap_release(&left);
    if (!same) return 0;
    double precision = (double)same / (double)said_n, recall = (double)same / (double)gold_n;
    return 2 * precision * recall / (precision + recall);
}

static double f1(const struct ft_str *gold, const struct ft_str *said)
{
    return f1_of(gold, said, next_word);
}

static double f1_char(const struct ft_str *gold, const struct ft_str *said)
{
    return f1_of(gold, said, next_char);
}

/* Letters of scripts that are written without spaces: Han, kana, Thai, Lao, Khmer, Burmese. */
static bool is_spaceless(uint32_t cp)
{
    static const uint32_t ranges[][2] = {
        {0x0E00, 0x0EFF}, {0x1000, 0x109F}, {0x1780, 0x17FF}, {0x3005, 0x3007}, {0x3040, 0x30FF},
        {0x3400, 0x4DBF}, {0x4E00, 0x9FFF}, {0xF900, 0xFAFF}, {0xFF66, 0xFF9D}, {0x20000, 0x323AF}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (cp >= ranges[i][0] && cp <= ranges[i][1]) return true;
    return false;
}

/* More than half of the answers have such letters. */
static bool mostly_spaceless(const struct ft_squad *q)
{
    size_t n = 0, all = 0;
    for (size_t i = 0; i < q->answers_n; i++) {
        struct ft_text s = q->answers[i].text;
        bool any = false;
        all += s.n > 0;
        for (size_t at = 0; at < s.n && !any;)
            any = is_spaceless(ft_uni_next(s.data, s.n, &at));
        n += any;
    }
    return n * 2 > all;
}

typedef double score_fn(const struct ft_str *gold, const struct ft_str *said);

static double of_texts(score_fn *fn, const char *gold, size_t gold_n, const char *said,
                       size_t said_n)
{
    struct ft_str g = {0}, p = {0};
    normalise(gold, gold_n, &g);
    normalise(said, said_n, &p);
    double x = fn(&g, &p);
    ft_str_release(&g);
    ft_str_release(&p);
    return x;
}

double ft_squad_exact(const char *gold, size_t gold_n, const char *said, size_t said_n)
{
    return of_texts(exact, gold, gold_n, said, said_n);
}

double ft_squad_f1(const char *gold, size_t gold_n, const char *said, size_t said_n)
{
    return of_texts(f1, gold, gold_n, said, said_n);
}

struct scored { /* a question */
    double exact, f1, f1_char;
    bool has_answer, said_nothing, missing;
    bool left_out; /* counts nowhere */
};

/* The best over the right answers that are not empty; "" is right where there is none. */
static void score_question(const struct ft_squad *q, const struct ft_squad_question *question,
                           const char *said, size_t n, struct scored *out)
{
    struct ft_str p = {0}, g = {0};
    bool any = false;
    normalise(said, n, &p);
    for (size_t i = 0; i < question->answers_n; i++) {
        struct ft_text gold = q->answers[question->answers_first + i].text;
        ft_str_clear(&g);
        normalise(gold.data, gold.n, &g);
        if (!g.len) continue;
        any = true;
        double e = exact(&g, &p), f = f1(&g, &p), c = f1_char(&g, &p);
        if (e > out->exact) out->exact = e;
        if (f > out->f1) out->f1 = f;
        if (c > out->f1_char) out->f1_char = c;
    }
    if (!any) out->exact = out->f1 = out->f1_char = !p.len;
    ft_str_release(&p);
    ft_str_release(&g);
}

struct na { /* a line of the no-answer file, in its order */
    double prob;
    size_t order, question;
};

static int by_prob(const void *a, const void *b)
{
    const struct na *x = a, *y = b;
    if (x->prob != y->prob) return x->prob < y->prob ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

static void find_best(const struct scored *items, size_t n, const struct na *na, size_t na_n,
                      bool use_f1, double *best, double *threshold)
{
    double now = 0, total = 0;
    for (size_t i = 0; i < n; i++) {
        now += !items[i].has_answer && !items[i].left_out;
        total += !items[i].left_out;
    }
    *best = now;
    *threshold = 0;
    for (size_t i = 0; i < na_n; i++) {
        const struct scored *s = &items[na[i].question];
        if (s->missing) continue;
        now += s->has_answer ? (use_f1 ? s->f1 : s->exact) : s->said_nothing ? 0 : -1;
        if (now > *best) {
            *best = now;
            *threshold = na[i].prob;
        }
    }
    *best = 100 * *best / total;
}

static enum ft_status read_object(const char *path, cJSON **tree, struct ft_err *err)
{
    enum ft_status st = ft_json_read(path, FILE_BYTES_MAX, tree, err);
    if (!st && !cJSON_IsObject(*tree)) {
        cJSON_Delete(*tree);
        *tree = NULL;
        st = ft_fail(err, FT_FORMAT, "%s: expected an object {question id: ..}", path);
    }
    return st;
}

static enum ft_status score_all(const struct ft_squad *q, const struct ft_strmap *ids,
                                const cJSON *predictions, const char *name, struct scored *items,
                                struct ft_err *err)
{
    for (size_t i = 0; i < q->questions_n; i++)
        items[i] = (struct scored){.has_answer = q->questions[i].answers_n > 0, .missing = true};
    const cJSON *v;
    cJSON_ArrayForEach(v, predictions)
    {
        size_t *i = ft_strmap_get(ids, v->string, strlen(v->string));
        if (!cJSON_IsString(v))
            return ft_fail(err, FT_FORMAT, "%s: %s: expected a text", name, v->string);
        if (!i) continue;
        items[*i].missing = false;
        items[*i].said_nothing = !*v->valuestring;
        score_question(q, &q->questions[*i], v->valuestring, strlen(v->valuestring), &items[*i]);
    }
    return FT_OK;
}

static enum ft_status read_na(const struct ft_strmap *ids, const cJSON *tree, const char *name,
                              struct na **out, size_t *n, struct ft_err *err)
{
    size_t cap = 0, order = 0;
    const cJSON *v;
    cJSON_ArrayForEach(v, tree)
    {
        size_t *i = ft_strmap_get(ids, v->string, strlen(v->string));
        if (!cJSON_IsNumber(v))
            return ft_fail(err, FT_FORMAT, "%s: %s: expected a number", name, v->string);
        order++;
        if (!i) continue;
        ft_grow(out, &cap, *n + 1, sizeof **out);
        (*out)[(*n)++] = (struct na){v->valuedouble, order, *i};
    }
    if (*n) qsort(*out, *n, sizeof **out, by_prob);
    return FT_OK;
}

static void sum_up(struct ft_squad_scores *s, const struct scored *items, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (items[i].left_out) continue;
        s->total++;
        s->exact += items[i].exact;
        s->f1 += items[i].f1;
        s->f1_char += items[i].f1_char;
        s->missing += items[i].missing;
        *(items[i].has_answer ? &s->has_n : &s->no_n) += 1;
        *(items[i].has_answer ? &s->has_exact : &s->no_exact) += items[i].exact;
        *(items[i].has_answer ? &s->has_f1 : &s->no_f1) += items[i].f1;
    }
    double *const sums[] = {&s->exact,  &s->f1,       &s->f1_char, &s->has_exact,
                            &s->has_f1, &s->no_exact, &s->no_f1};
    const size_t counts[] = {s->total, s->total, s->total, s->has_n, s->has_n, s->no_n, s->no_n};
    for (size_t i = 0; i < sizeof sums / sizeof *sums; i++)
        *sums[i] = counts[i] ? 100 * *sums[i] / (double)counts[i] : 0;
}

static void score_with(struct ft_squad_scores *s, const struct ft_squad *q, struct scored *items,
                       const struct na *na, size_t na_n, double threshold)
{
    size_t n = q->questions_n;
    s->v2 = q->v2;
    s->has_char = mostly_spaceless(q);
    if (s->has_best) {
        find_best(items, n, na, na_n, false, &s->best_exact, &s->best_exact_thresh);
        find_best(items, n, na, na_n, true, &s->best_f1, &s->best_f1_thresh);
    }
    for (size_t i = 0; i < na_n; i++) {
        struct scored *x = &items[na[i].question];
        if (na[i].prob > threshold) x->exact = x->f1 = x->f1_char = !x->has_answer;
    }
    sum_up(s, items, n);
}

void ft_squad_scores_said(struct ft_squad_scores *s, const struct ft_squad *q,
                          struct ft_squad_said *said, bool has_na, double threshold)
{
    size_t n = q->questions_n, na_n = 0;
    struct scored *items = ft_xcalloc(n, sizeof *items);
    struct na *na = ft_xcalloc(n, sizeof *na);
    memset(s, 0, sizeof *s);
    for (size_t i = 0; i < n; i++) {
        struct scored *x = &items[i];
        x->has_answer = q->questions[i].answers_n > 0;
        x->left_out = !said[i].asked;
        x->missing = !said[i].text;
        if (x->left_out || x->missing) continue;
        x->said_nothing = !said[i].n;
        score_question(q, &q->questions[i], said[i].text, said[i].n, x);
        if (has_na) na[na_n++] = (struct na){said[i].na, i, i};
    }
    for (size_t i = 0; i < n; i++) {
        said[i].best_exact = items[i].exact;
        said[i].best_f1 = items[i].f1;
    }
    if (na_n) qsort(na, na_n, sizeof *na, by_prob);
    s->has_best = has_na;
    score_with(s, q, items, na, na_n, threshold);
    for (size_t i = 0; i < n; i++) {
        said[i].exact = items[i].exact;
        said[i].f1 = items[i].f1;
    }
    free(items);
    free(na);
}

enum ft_status ft_squad_scores_files(struct ft_squad_scores *s, const char *data,
                                     const char *predictions, const char *na_probs,
                                     double threshold, struct ft_err *err)
{
    struct ft_squad q = {0};
    cJSON *said = NULL, *na_tree = NULL;
    struct ft_strmap ids = {0};
    struct scored *items = NULL;
    struct na *na = NULL;
    size_t na_n = 0;
    memset(s, 0, sizeof *s);
    enum ft_status st = ft_squad_read(&q, data, NULL, NULL, err);
    if (!st && !q.questions_n) st = ft_fail(err, FT_FORMAT, "%s: has no question", data);
    if (!st) st = ft_squad_answered(&q, err);
    if (!st) st = read_object(predictions, &said, err);
    if (!st && na_probs) st = read_object(na_probs, &na_tree, err);
    if (st) goto out;
    items = ft_xcalloc(q.questions_n, sizeof *items);
    for (size_t i = 0; i < q.questions_n; i++)
        ft_strmap_put(&ids, q.questions[i].id.data, q.questions[i].id.n, i);
    if ((st = score_all(&q, &ids, said, predictions, items, err))) goto out;
    if (na_tree && (st = read_na(&ids, na_tree, na_probs, &na, &na_n, err))) goto out;
    s->has_best = na_tree != NULL;
    score_with(s, &q, items, na, na_n, threshold);
out:
    free(items);
    free(na);
    ft_strmap_release(&ids);
    cJSON_Delete(said);
    cJSON_Delete(na_tree);
    ft_squad_release(&q);
    return st;
}

static void each(const struct ft_squad_scores *s,
                 void (*put)(struct ft_str *out, const char *key, double x), struct ft_str *out)
{
    put(out, "exact", s->exact);
    put(out, "f1", s->f1);
    if (s->has_char) put(out, "f1_char", s->f1_char);
    put(out, "total", (double)s->total);
    if (s->v2 && s->has_n) {
        put(out, "HasAns_exact", s->has_exact);
        put(out, "HasAns_f1", s->has_f1);
        put(out, "HasAns_total", (double)s->has_n);
    }
    if (s->v2 && s->no_n) {
        put(out, "NoAns_exact", s->no_exact);
        put(out, "NoAns_f1", s->no_f1);
        put(out, "NoAns_total", (double)s->no_n);
    }
    if (!s->has_best) return;
    put(out, "best_exact", s->best_exact);
    put(out, "best_exact_thresh", s->best_exact_thresh);
    put(out, "best_f1", s->best_f1);
    put(out, "best_f1_thresh", s->best_f1_thresh);
}

static void put_json(struct ft_str *out, const char *key, double x)
{
    ft_json_put_num(out, key, x);
}

static void put_text(struct ft_str *out, const char *key, double x)
{
    ft_str_addf(out, "%18s  %.10g\n", key, x);
}

void ft_squad_scores_json(const struct ft_squad_scores *s, struct ft_str *out)
{
    ft_str_addc(out, '{');
    each(s, put_json, out);
    ft_str_addc(out, '}');
}

void ft_squad_scores_text(const struct ft_squad_scores *s, struct ft_str *out)
{
    each(s, put_text, out);
}
