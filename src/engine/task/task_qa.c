/* Extractive question answering, SQuAD v1.1 and v2.0: see task.h and qa.h. */
#include "data/read.h"
#include "engine/task/task.h"

#include "engine/options/data_options.h"
#include "engine/task/qa.h"
#include "util/fs.h"
#include "util/hash.h"
#include "util/json.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/str.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static void say(const struct ft_squad *q)
{
    ft_log(FT_LOG_INFO,
           "%s: SQuAD %s, %zu article%s, %zu paragraph%s, %zu question%s, %zu without answer",
           q->path,
           *q->version ? q->version
           : q->v2     ? "2"
                       : "1",
           q->articles_n, ft_plural(q->articles_n), q->paragraphs_n, ft_plural(q->paragraphs_n),
           q->questions_n, ft_plural(q->questions_n), q->impossible);
    if (q->moved)
        ft_log(FT_LOG_NOTE,
               "%s: %zu answer%s not at the offset in the file: found elsewhere in the context",
               q->path, q->moved, ft_plural(q->moved));
    if (q->lost)
        ft_log(FT_LOG_WARN, "%s: %zu answer%s not in the context, or in several places", q->path,
               q->lost, ft_plural(q->lost));
    if (q->malformed)
        ft_log(FT_LOG_WARN, "%s: %zu answer%s without text or a valid answer_start", q->path,
               q->malformed, ft_plural(q->malformed));
    if (q->ids_made)
        ft_log(FT_LOG_NOTE, "%s: %zu question%s without an id: the question's number is used",
               q->path, q->ids_made, ft_plural(q->ids_made));
    if (q->contradictions)
        ft_log(FT_LOG_WARN,
               "%s: %zu question%s marked impossible but with answers: used as answerable", q->path,
               q->contradictions, ft_plural(q->contradictions));
    if (q->contexts_empty || q->questions_empty)
        ft_log(FT_LOG_WARN, "%s: empty: %zu context%s, %zu question%s", q->path, q->contexts_empty,
               ft_plural(q->contexts_empty), q->questions_empty, ft_plural(q->questions_empty));
    if (q->duplicate_ids)
        ft_log(FT_LOG_WARN, "%s: %zu question id%s duplicated", q->path, q->duplicate_ids,
               ft_by_count(q->duplicate_ids, " is", "s are"));
}

static enum ft_status read_part(struct ft_run_data *d, const struct ft_options *o, const char *path,
                                enum ft_part part, struct ft_err *err)
{
    struct ft_squad *q = &d->squad[part];
    enum ft_format format = FT_FORMAT_AUTO;
    struct ft_read_opt how = ft_data_read_opt(o);
    enum ft_status st = ft_format_sniff(path, &how, &format, err);
    if (!st && format != FT_FORMAT_SQUAD)
        st = ft_fail(err, FT_FORMAT,
                     "%s: has no questions with contexts, expected SQuAD's JSON for task qa", path);
    if (!st) st = ft_squad_read_as(q, path, how.encoding, NULL, NULL, err);
    if (!st) st = ft_sha256_file(path, d->sha256[part], err);
    if (!st && !q->questions_n) st = ft_fail(err, FT_FORMAT, "%s: has no question", path);
    if (st) return st;
    say(q);
    for (size_t i = 0; i < q->questions_n; i++)
        q->questions[i].part = (uint8_t)part;
    return FT_OK;
}

static enum ft_status open(struct ft_run_data *d, const struct ft_options *o,
                           const struct ft_labels *labels, bool unlabelled, struct ft_err *err)
{
    double share[FT_PART_COUNT];
    struct ft_fold fold = {0};
    struct ft_sample_size size;
    uint64_t seed = (uint64_t)ft_options_int(o, FT_OPT_seed);
    enum ft_status st = FT_OK;
    (void)labels;
    for (int part = 0; part < FT_PART_COUNT && !st; part++) {
        const char *path = ft_options_text(o, ft_run_data_option((enum ft_part)part));
        if (!*path) continue;
        st = read_part(d, o, path, (enum ft_part)part, err);
    }
    if (!st) st = ft_data_shares(o, share, &fold, err);
    if (!st) st = ft_sample_size_parse(ft_options_text(o, FT_OPT_max_train_samples), &size, err);
    if (st) return st;
    for (int part = 0; part < FT_PART_COUNT && !st && !unlabelled; part++) {
        struct ft_squad *q = &d->squad[part];
        if (!q->path) continue;
        st = ft_squad_answered(q, err);
        if (!st && q->unanswered)
            ft_log(FT_LOG_WARN, "%s: %zu question%s without answers excluded", q->path,
                   q->unanswered, ft_plural(q->unanswered));
    }
    if (st) return st;
    ft_squad_split(&d->squad[FT_PART_TRAIN], share, fold, seed);
    ft_squad_limit(&d->squad[FT_PART_TRAIN], (size_t)ft_options_int(o, FT_OPT_limit), seed);
    ft_squad_sample_training(&d->squad[FT_PART_TRAIN], size, seed);
    d->built = true;
    return FT_OK;
}

/* Where the questions of a part are: a file of its own, else --data. */
static const struct ft_squad *file_of(const struct ft_run_data *d, enum ft_part part)
{
    return &d->squad[d->squad[part].path ? part : FT_PART_TRAIN];
}

static size_t count(const struct ft_run_data *d, enum ft_part part)
{
    const struct ft_squad *q = file_of(d, part);
    size_t n = 0;
    for (size_t i = 0; i < q->questions_n; i++)
        n += q->questions[i].kept && q->questions[i].part == (uint8_t)part;
    return n;
}

/* Articles of --data, from 1. */
static void split_json(const struct ft_run_data *d, struct ft_str *out)
{
    const struct ft_squad *q = &d->squad[FT_PART_TRAIN];
    size_t *articles = ft_xcalloc(q->articles_n, sizeof *articles);
    ft_str_addz(out, "{\"by\":\"article\"");
    for (int part = 0; part < FT_PART_COUNT; part++) {
        size_t n = 0;
        for (size_t i = 0; i < q->questions_n; i++) {
            const struct ft_squad_question *x = &q->questions[i];
            size_t article = q->paragraphs[x->paragraph].article + 1;
            if (x->part == (uint8_t)part && (!n || articles[n - 1] < article))
                articles[n++] = article;
        }
        ft_json_add_key(out, ft_part_name((enum ft_part)part));
        ft_rows_json_add(out, articles, n);
    }
    ft_str_addc(out, '}');
    free(articles);
}

/* Answers that the model could learn but never give. */
static void say_long(const struct ft_qa_made *found, enum ft_part part, size_t most)
{
    char more[64] = "";
    if (found->enough) snprintf(more, sizeof more, "; %zu would cover 95%% of them", found->enough);
    ft_log(FT_LOG_WARN,
           "%s split: %zu of %zu answer%s longer than max_answer_length (%zu tokens): cannot be "
           "predicted%s",
           ft_part_name(part), found->too_long, found->answers, ft_plural(found->answers), most,
           more);
}

static enum ft_status sequences(struct ft_sequences *s, const struct ft_run_data *d,
                                enum ft_part part, const struct ft_model_file *m,
                                const struct ft_options *o, bool to_score, struct ft_job *w,
                                struct ft_err *err)
{
    struct ft_qa_opt opt;
    struct ft_qa_made found = {0};
    ft_qa_opt_of(&opt, o, m->max_tokens);
    opt.keep = to_score;
    enum ft_status st = ft_qa_windows(s, file_of(d, part), part, m->tok, &opt, &found, w, err);
    if (!st && s->cut)
        ft_log(FT_LOG_WARN, "%zu window%s with a truncated question: the question is too long",
               s->cut, ft_plural(s->cut));
    if (!st && found.too_long * 20 >= found.answers && found.too_long)
        say_long(&found, part, opt.answer_tokens);
    if (!st && found.lost)
        ft_log(FT_LOG_WARN,
               "%zu question%s not used for training: the answer is not in the context", found.lost,
               ft_plural(found.lost));
    return st;
}

/* The best answer as if there had to be one: for another threshold later. */
static void add_best(struct ft_str *s, const char *context, const struct ft_qa_span *span,
                     const struct ft_squad_said *said)
{
    ft_str_addz(s, ",\"best\":{\"text\":");
    ft_json_add_str(s, context + span->start, span->end - span->start);
    ft_str_addf(s, ",\"start\":%zu,\"end\":%zu", ft_utf8_chars(context, span->start),
                ft_utf8_chars(context, span->end));
    ft_json_put_num(s, "score", span->probability);
    ft_json_put_num(s, "exact", said->best_exact);
    ft_json_put_num(s, "f1", said->best_f1);
    ft_str_addc(s, '}');
}

static void line(const struct ft_squad *q, size_t i, const struct ft_qa_answer *a,
                 const struct ft_squad_said *said, double threshold, enum ft_part part,
                 struct ft_str *s)
{
    const struct ft_squad_question *x = &q->questions[i];
    struct ft_text context = q->paragraphs[x->paragraph].context;
    double diff = ft_qa_null_diff(a);
    bool none = !a->n || (q->v2 && diff > threshold);
    const struct ft_qa_span *best = none ? NULL : &a->best[0];
    ft_str_addf(s, "{\"row\":%zu,\"part\":\"%s\",\"id\":", i + 1, ft_part_name(part));
    ft_json_add_str(s, x->id.data, x->id.n);
    ft_json_add_key(s, "question");
    ft_json_add_str(s, x->text.data, x->text.n);
    ft_json_add_key(s, "context");
    ft_json_add_str(s, context.data, context.n);
    ft_json_add_key(s, "answers");
    ft_str_addc(s, '[');
    for (size_t k = 0; k < x->answers_n; k++) {
        const struct ft_squad_answer *gold = &q->answers[x->answers_first + k];
        if (k) ft_str_addc(s, ',');
        ft_json_add_str(s, gold->text.data, gold->text.n);
    }
    ft_str_addc(s, ']');
    ft_json_add_key(s, "answer");
    ft_json_add_str(s, best ? context.data + best->start : "", best ? best->end - best->start : 0);
    ft_json_add_key(s, "start");
    ft_str_addf(s, "%zu,\"end\":%zu", best ? ft_utf8_chars(context.data, best->start) : 0,
                best ? ft_utf8_chars(context.data, best->end) : 0);
    ft_json_put_num(s, "score", best ? best->probability : a->null_probability);
    ft_json_put_num(s, "null_score_diff", isfinite(diff) ? diff : 1e9);
    ft_json_put_num(s, "exact", said->exact);
    ft_json_put_num(s, "f1", said->f1);
    if (a->n) add_best(s, context.data, &a->best[0], said);
    ft_str_addz(s, "}\n");
}

static void write_lines(const struct ft_scoring *in, const struct ft_squad *q,
                        const struct ft_qa_answer *answers, const struct ft_squad_said *said,
                        double threshold, FILE *lines)
{
    struct ft_str s = {0};
    for (size_t i = 0; i < q->questions_n; i++) {
        if (!said[i].asked) continue;
        ft_str_clear(&s);
        line(q, i, &answers[i], &said[i], threshold, in->part, &s);
        fwrite(s.data, 1, s.len, lines);
    }
    ft_str_release(&s);
}

static enum ft_status score(const struct ft_scoring *in, struct ft_scores *scores, FILE *lines,
                            struct ft_job *w, struct ft_err *err)
{
    const struct ft_squad *q = file_of(in->d, in->part);
    struct ft_qa_opt opt;
    size_t n = q->questions_n;
    size_t batch = (size_t)ft_options_int(in->o, FT_OPT_per_device_eval_batch_size);
    ft_qa_opt_of(&opt, in->o, in->m->max_tokens);
    struct ft_qa_answer *answers = ft_xcalloc(n, sizeof *answers);
    struct ft_squad_said *said = ft_xcalloc(n, sizeof *said);
    memset(scores, 0, sizeof *scores);
    scores->task = FT_TASK_QA;
    enum ft_status st =
        ft_qa_answer_all(answers, n, in->m->net, in->s, batch, &opt, &scores->loss, w, err);
    for (size_t i = 0; i < n && !st; i++) {
        const struct ft_squad_question *x = &q->questions[i];
        struct ft_text context = q->paragraphs[x->paragraph].context;
        const struct ft_qa_answer *a = &answers[i];
        said[i].asked = x->kept && x->part == (uint8_t)in->part;
        said[i].text = a->n ? context.data + a->best[0].start : "";
        said[i].n = a->n ? a->best[0].end - a->best[0].start : 0;
        said[i].na = ft_qa_null_diff(a);
    }
    if (!st) {
        ft_squad_scores_said(&scores->squad, q, said, q->v2, opt.threshold);
        scores->examples = scores->squad.total;
        if (lines) write_lines(in, q, answers, said, opt.threshold, lines);
    }
    ft_qa_answers_release(answers, n);
    free(answers);
    free(said);
    return st;
}

static void scores_json(const struct ft_scores *s, struct ft_str *out)
{
    struct ft_str inner = {0};
    ft_squad_scores_json(&s->squad, &inner);
    ft_str_addc(out, ',');
    ft_str_add(out, inner.data + 1, inner.len - 2); /* its members without the braces */
    ft_str_release(&inner);
}

static void scores_text(const struct ft_scores *s, struct ft_str *out)
{
    ft_squad_scores_text(&s->squad, out);
}

static enum ft_status scores_read(struct ft_scores *s, const cJSON *tree, const char *path,
                                  struct ft_err *err)
{
    struct ft_squad_scores *q = &s->squad;
    *q = (struct ft_squad_scores){.exact = ft_json_number(tree, "exact"),
                                  .f1 = ft_json_number(tree, "f1"),
                                  .total = ft_json_count(tree, "total"),
                                  .has_exact = ft_json_number(tree, "HasAns_exact"),
                                  .has_f1 = ft_json_number(tree, "HasAns_f1"),
                                  .has_n = ft_json_count(tree, "HasAns_total"),
                                  .no_exact = ft_json_number(tree, "NoAns_exact"),
                                  .no_f1 = ft_json_number(tree, "NoAns_f1"),
                                  .no_n = ft_json_count(tree, "NoAns_total"),
                                  .best_exact = ft_json_number(tree, "best_exact"),
                                  .best_exact_thresh = ft_json_number(tree, "best_exact_thresh"),
                                  .best_f1 = ft_json_number(tree, "best_f1"),
                                  .best_f1_thresh = ft_json_number(tree, "best_f1_thresh")};
    q->v2 = q->no_n > 0 || q->has_n > 0;
    q->has_best = isfinite(q->best_f1);
    s->examples = q->total;
    (void)path, (void)err;
    return FT_OK;
}

static enum ft_status check(const struct ft_options *o, struct ft_err *err)
{
    if (ft_options_int(o, FT_OPT_doc_stride) < ft_options_int(o, FT_OPT_max_seq_length))
        return FT_OK;
    return ft_fail(err, FT_USAGE, "doc_stride (%s) must be below max_seq_length (%s)",
                   ft_options_text(o, FT_OPT_doc_stride),
                   ft_options_text(o, FT_OPT_max_seq_length));
}

const struct ft_task_ops ft_task_qa = {
    .facts =
        {
            .does = "question answering",
            .examples = "questions",
            .needed = "question",
            .sequences = "windows",
            .input_title = "Question",
            .ask_hint = ": use --question and --context",
            .input_key = "question",
            .pair_key = "context",
            .answer_key = "answer",

            .metrics = {{"exact", offsetof(struct ft_scores, squad.exact), false, true},
                        {"f1", offsetof(struct ft_scores, squad.f1), false, true}},
            .best_metrics = "f1|exact",
            .defaults = {{FT_OPT_max_seq_length, "384"}},
            .check = check,
        },
    .open = open,
    .count = count,
    .split_json = split_json,
    .sequences = sequences,
    .score = score,
    .scores_json = scores_json,
    .scores_text = scores_text,
    .scores_read = scores_read,
};
