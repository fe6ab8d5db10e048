/* Token classification (named entities): see task.h, ner.h and entity_scores.h. */
#include "engine/task/task.h"

#include "engine/task/entity_scores.h"
#include "engine/task/ner.h"
#include "util/json.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/str.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static enum ft_status sequences(struct ft_sequences *s, const struct ft_run_data *d,
                                enum ft_part part, const struct ft_model_file *m,
                                const struct ft_options *o, bool to_score, struct ft_job *w,
                                struct ft_err *err)
{
    struct ft_ner_opt opt;
    struct ft_ner_made made;
    (void)to_score;
    ft_ner_opt_of(&opt, o, m->max_tokens);
    enum ft_status st = ft_ner_windows(s, &d->x, part, m->tok, &opt, &made, w, err);
    if (!st && made.windowed)
        ft_log(FT_LOG_INFO,
               "%s split: %zu of %zu sentence%s longer than %zu tokens: split into windows that "
               "overlap by %zu",
               ft_part_name(part), made.windowed, made.sentences,
               ft_by_count(made.windowed, " is", "s are"), opt.max_length, opt.stride);
    if (!st && made.silent)
        ft_log(FT_LOG_NOTE, "%s split: %zu word%s without a token: not labelled",
               ft_part_name(part), made.silent, ft_plural(made.silent));
    return st;
}

/* ---- scores ---- */

static void add_list(struct ft_str *out, const char *key, const struct ft_labels *labels,
                     const int32_t *tags, size_t n)
{
    ft_json_add_key(out, key);
    ft_str_addc(out, '[');
    for (size_t i = 0; i < n; i++) {
        const char *name = tags[i] < 0 ? "O" : labels->names[tags[i]];
        if (i) ft_str_addc(out, ',');
        ft_json_add_str(out, name, strlen(name));
    }
    ft_str_addc(out, ']');
}

/* The sentence at hand. */
struct sentence {
    const struct ft_example *e;
    const struct ft_word *words;
    size_t n;
    int32_t *truth; /* (n) */
    const int32_t *predicted;
    const float *losses;
};

static void write_line(const struct sentence *s, const struct ft_labels *labels, enum ft_part part,
                       struct ft_str *out, FILE *lines)
{
    double loss = 0;
    size_t n = 0;
    ft_str_clear(out);
    ft_str_addf(out, "{\"row\":%zu,\"part\":\"%s\",\"tokens\":[", s->e->row, ft_part_name(part));
    for (size_t i = 0; i < s->n; i++) {
        if (i) ft_str_addc(out, ',');
        ft_json_add_str(out, s->e->text.data + s->words[i].start,
                        s->words[i].end - s->words[i].start);
        if (!isfinite(s->losses[i])) continue;
        loss += (double)s->losses[i];
        n++;
    }
    ft_str_addc(out, ']');
    add_list(out, "labels", labels, s->truth, s->n);
    add_list(out, "predicted", labels, s->predicted, s->n);
    ft_json_add_key(out, "loss");
    ft_json_add_f32(out, n ? (float)(loss / (double)n) : 0);
    ft_str_addz(out, "}\n");
    fwrite(out->data, 1, out->len, lines);
}

static size_t *words_of(const struct ft_examples *x, enum ft_part part, size_t *longest)
{
    size_t *n = ft_xcalloc(x->n + 1, sizeof *n);
    *longest = 0;
    for (size_t i = 0; i < x->n; i++) {
        if (x->items[i].part != part) continue;
        n[i] = ft_examples_sentence(x, i)->n;
        if (n[i] > *longest) *longest = n[i];
    }
    return n;
}

static void score_all(const struct ft_scoring *in, const struct ft_ner_result *r, size_t longest,
                      struct ft_scores *scores, FILE *lines)
{
    const struct ft_examples *x = &in->d->x;
    struct ft_entity_scores e;
    struct ft_str line = {0};
    int32_t *truth = ft_xcalloc(longest + 1, sizeof *truth),
            *counted = ft_xcalloc(longest + 1, sizeof *counted);
    size_t n = 0;
    ft_entity_scores_init(&e, (const char *const *)x->labels.names, x->labels.n);
    for (size_t i = 0; i < x->n; i++) {
        if (x->items[i].part != in->part) continue;
        const struct ft_sentence *s = ft_examples_sentence(x, i);
        struct sentence now = {.e = &x->items[i],
                               .words = x->tagged[x->items[i].file]->words + s->first,
                               .n = s->n,
                               .truth = truth,
                               .predicted = r->tags + r->start[i],
                               .losses = r->losses + r->start[i]};
        for (size_t k = 0; k < s->n; k++) {
            truth[k] = now.words[k].tag;
            counted[k] = now.predicted[k] < 0 ? -1 : truth[k]; /* a word without a token */
        }
        ft_entity_scores_add(&e, counted, now.predicted, s->n);
        if (lines) write_line(&now, &x->labels, in->part, &line, lines);
        n++;
    }
    ft_entity_scores_end(&e, scores);
    scores->examples = n;
    ft_str_release(&line);
    free(truth);
    free(counted);
}

static enum ft_status score(const struct ft_scoring *in, struct ft_scores *scores, FILE *lines,
                            struct ft_job *w, struct ft_err *err)
{
    struct ft_ner_result r;
    size_t batch = (size_t)ft_options_int(in->o, FT_OPT_per_device_eval_batch_size), longest;
    size_t *n = words_of(&in->d->x, in->part, &longest);
    memset(scores, 0, sizeof *scores);
    enum ft_status st = ft_ner_classify(&r, n, in->d->x.n, in->m->net, in->s, batch, w, err);
    free(n);
    if (st) return st;
    scores->task = FT_TASK_NER;
    scores->loss = r.loss;
    score_all(in, &r, longest, scores, lines);
    ft_ner_result_release(&r);
    return FT_OK;
}

/* ---- the report ---- */

static const char *const error_keys[FT_ENTITY_ERRORS] = {
    [FT_ENTITY_RIGHT] = "right",
    [FT_ENTITY_MISSED] = "missed",
    [FT_ENTITY_SPURIOUS] = "spurious",
    [FT_ENTITY_WRONG_TYPE] = "wrong_type",
    [FT_ENTITY_WRONG_BOUNDARY] = "wrong_boundary",
};

static void scores_json(const struct ft_scores *s, struct ft_str *out)
{
    size_t types = s->labels ? s->labels - 1 : 0;
    ft_json_put_num(out, "overall_precision", s->precision);
    ft_json_put_num(out, "overall_recall", s->recall);
    ft_json_put_num(out, "overall_f1", s->f1);
    ft_json_put_num(out, "overall_accuracy", s->accuracy);
    ft_json_put_num(out, "words", (double)s->tokens);
    ft_str_addz(out, ",\"types\":{");
    for (size_t i = 0; i < types; i++) {
        const struct ft_score *c = &s->classes[i];
        ft_json_add_key(out, s->names[i]);
        ft_str_addc(out, '{');
        ft_json_put_num(out, "precision", c->precision);
        ft_json_put_num(out, "recall", c->recall);
        ft_json_put_num(out, "f1", c->f1);
        ft_json_put_num(out, "number", (double)c->support);
        ft_str_addc(out, '}');
    }
    ft_str_addz(out, "},\"entities\":{");
    for (size_t i = 0; i < FT_ENTITY_ERRORS; i++)
        ft_json_put_num(out, error_keys[i], (double)s->entity_errors[i]);
    ft_str_addz(out, "},\"matrix\":[");
    for (size_t i = 0; i < s->labels; i++) {
        ft_str_addz(out, i ? ",[" : "[");
        for (size_t j = 0; j < s->labels; j++)
            ft_str_addf(out, "%s%llu", j ? "," : "",
                        (unsigned long long)s->confusion[i * s->labels + j]);
        ft_str_addc(out, ']');
    }
    ft_str_addc(out, ']');
}

static void scores_text(const struct ft_scores *s, struct ft_str *out)
{
    int width = 8;
    size_t types = s->labels ? s->labels - 1 : 0;
    for (size_t i = 0; i < s->labels; i++)
        if ((int)strlen(s->names[i]) > width) width = (int)strlen(s->names[i]);
    ft_str_addf(out, "%*s  %9s %9s %9s %9s\n", width, "", "precision", "recall", "f1", "number");
    for (size_t i = 0; i < types; i++) {
        const struct ft_score *c = &s->classes[i];
        ft_str_addf(out, "%*s  %9.4f %9.4f %9.4f %9llu\n", width, s->names[i], c->precision,
                    c->recall, c->f1, (unsigned long long)c->support);
    }
    ft_str_addf(out, "%*s  %9.4f %9.4f %9.4f\n", width, "overall", s->precision, s->recall, s->f1);
    ft_str_addf(out, "%*s  %9s %9s %9.4f over %llu words\n", width, "accuracy", "", "", s->accuracy,
                (unsigned long long)s->tokens);
    ft_str_addf(out, "%*s  %9.4f\n", width, "loss", s->loss);
    ft_str_addf(
        out,
        "\n%llu of the entities found; %llu missed, %llu with a wrong type, %llu with wrong "
        "boundaries; %llu spurious\n",
        (unsigned long long)s->entity_errors[FT_ENTITY_RIGHT],
        (unsigned long long)s->entity_errors[FT_ENTITY_MISSED],
        (unsigned long long)s->entity_errors[FT_ENTITY_WRONG_TYPE],
        (unsigned long long)s->entity_errors[FT_ENTITY_WRONG_BOUNDARY],
        (unsigned long long)s->entity_errors[FT_ENTITY_SPURIOUS]);
    if (s->labels > 13 || !types) return;
    ft_str_addz(out,
                "\nmatrix (row: true, column: predicted, same words; (none): missed, spurious)\n");
    for (size_t i = 0; i < s->labels; i++) {
        ft_str_addf(out, "%*s ", width, s->names[i]);
        for (size_t j = 0; j < s->labels; j++)
            ft_str_addf(out, " %7llu", (unsigned long long)s->confusion[i * s->labels + j]);
        ft_str_addc(out, '\n');
    }
}

static enum ft_status read_matrix(struct ft_scores *s, const cJSON *rows, const char *path,
                                  struct ft_err *err)
{
    const cJSON *row, *cell;
    size_t k = 0;
    if (cJSON_GetArraySize(rows) != (int)s->labels)
        return ft_fail(err, FT_FORMAT, "%s: expected a matrix with a row for each type and (none)",
                       path);
    cJSON_ArrayForEach(row, rows)
    {
        if (cJSON_GetArraySize(row) != (int)s->labels)
            return ft_fail(err, FT_FORMAT, "%s: matrix is not square", path);
        cJSON_ArrayForEach(cell, row)
        {
            double x = cJSON_IsNumber(cell) ? cell->valuedouble : -1;
            if (!(x >= 0 && x <= 9e15))
                return ft_fail(err, FT_FORMAT, "%s: matrix contains a value that is not a count",
                               path);
            s->confusion[k++] = (uint64_t)x;
        }
    }
    return FT_OK;
}

static enum ft_status scores_read(struct ft_scores *s, const cJSON *tree, const char *path,
                                  struct ft_err *err)
{
    const cJSON *types = ft_json_get(tree, "types"), *item;
    const cJSON *errors = ft_json_get(tree, "entities");
    int n = cJSON_IsObject(types) ? cJSON_GetArraySize(types) : -1;
    if (n < 0 || n >= FT_SCORES_LABELS_MAX)
        return ft_fail(err, FT_FORMAT, "%s: expected \"types\" with the scores of each type", path);
    s->precision = ft_json_number(tree, "overall_precision");
    s->recall = ft_json_number(tree, "overall_recall");
    s->f1 = ft_json_number(tree, "overall_f1");
    s->accuracy = ft_json_number(tree, "overall_accuracy");
    s->examples = ft_json_count(tree, "examples");
    s->tokens = ft_json_count(tree, "words");
    s->names = ft_xcalloc((size_t)n + 1, sizeof *s->names);
    s->classes = ft_xcalloc((size_t)n + 1, sizeof *s->classes);
    s->confusion = ft_xcalloc(((size_t)n + 1) * ((size_t)n + 1), sizeof *s->confusion);
    cJSON_ArrayForEach(item, types)
    {
        struct ft_score *c = &s->classes[s->labels];
        *c = (struct ft_score){.precision = ft_json_number(item, "precision"),
                               .recall = ft_json_number(item, "recall"),
                               .f1 = ft_json_number(item, "f1"),
                               .support = ft_json_count(item, "number")};
        s->names[s->labels++] = ft_xstrdup(item->string ? item->string : "");
    }
    s->names[s->labels++] = ft_xstrdup(FT_ENTITY_NONE);
    for (size_t i = 0; i < FT_ENTITY_ERRORS; i++)
        s->entity_errors[i] = ft_json_count(errors, error_keys[i]);
    return read_matrix(s, ft_json_get(tree, "matrix"), path, err);
}

static enum ft_status check(const struct ft_options *o, struct ft_err *err)
{
    const char *clean = ft_options_text(o, FT_OPT_clean);
    if (*clean && strcmp(clean, "none") && strcmp(clean, "dedup"))
        return ft_fail(err, FT_USAGE,
                       "clean is %s: for ner the words stay as they are, expected none or dedup",
                       clean);
    if (!ft_options_given(o, FT_OPT_doc_stride) ||
        ft_options_int(o, FT_OPT_doc_stride) < ft_options_int(o, FT_OPT_max_seq_length))
        return FT_OK;
    return ft_fail(err, FT_USAGE, "doc_stride (%s) must be below max_seq_length (%s)",
                   ft_options_text(o, FT_OPT_doc_stride),
                   ft_options_text(o, FT_OPT_max_seq_length));
}

const struct ft_task_ops ft_task_ner = {
    .facts =
        {
            .does = "token classification",
            .examples = "sentences",
            .needed = "sentence with tags",
            .sequences = "windows",
            .input_title = "Text",
            .ask_hint = "",
            .input_key = "text",
            .pair_key = "text_pair",
            .answer_key = "entities",

            .metrics = {{"precision", offsetof(struct ft_scores, precision), false, false},
                        {"recall", offsetof(struct ft_scores, recall), false, false},
                        {"f1", offsetof(struct ft_scores, f1), false, false},
                        {"accuracy", offsetof(struct ft_scores, accuracy), false, false}},
            .best_metrics = "f1|precision|recall|accuracy|loss",
            .check = check,
        },
    .open = ft_run_data_read,
    .count = ft_run_data_examples,
    .split_json = ft_run_data_split_json,
    .sequences = sequences,
    .score = score,
    .scores_json = scores_json,
    .scores_text = scores_text,
    .scores_read = scores_read,
};
