/* Scores back from evals/STEP.json or eval.json: see scores.h. The file is hostile: every size and
 * count is checked. */
#include "engine/task/scores.h"

#include "util/fs.h"
#include "util/json.h"
#include "util/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LABELS_MOST = 4096 };

static size_t count_of(const cJSON *tree, const char *key)
{
    double x = ft_json_number(tree, key);
    return x >= 0 && x < 9e15 ? (size_t)x : 0;
}

static void read_squad(struct ft_scores *s, const cJSON *tree)
{
    struct ft_squad_scores *q = &s->squad;
    *q = (struct ft_squad_scores){.exact = ft_json_number(tree, "exact"),
                                  .f1 = ft_json_number(tree, "f1"),
                                  .total = count_of(tree, "total"),
                                  .has_exact = ft_json_number(tree, "HasAns_exact"),
                                  .has_f1 = ft_json_number(tree, "HasAns_f1"),
                                  .has_n = count_of(tree, "HasAns_total"),
                                  .no_exact = ft_json_number(tree, "NoAns_exact"),
                                  .no_f1 = ft_json_number(tree, "NoAns_f1"),
                                  .no_n = count_of(tree, "NoAns_total"),
                                  .best_exact = ft_json_number(tree, "best_exact"),
                                  .best_exact_thresh = ft_json_number(tree, "best_exact_thresh"),
                                  .best_f1 = ft_json_number(tree, "best_f1"),
                                  .best_f1_thresh = ft_json_number(tree, "best_f1_thresh")};
    q->v2 = q->no_n > 0 || q->has_n > 0;
    q->has_best = isfinite(q->best_f1);
    s->examples = q->total;
}

static void read_lm(struct ft_scores *s, const cJSON *tree)
{
    s->examples = count_of(tree, "examples");
    s->perplexity = ft_json_number(tree, "perplexity");
    s->tokens = count_of(tree, "tokens");
    s->accuracy = ft_json_number(tree, "accuracy");
}

static enum ft_status read_confusion(struct ft_scores *s, const cJSON *tree, double loss,
                                     const char *path, struct ft_err *err)
{
    const cJSON *labels = ft_json_get(tree, "labels"), *cell;
    const cJSON *rows = ft_json_get(tree, "confusion_matrix"), *row;
    int n = cJSON_IsArray(labels) ? cJSON_GetArraySize(labels) : 0;
    if (n < 1 || n > LABELS_MOST || cJSON_GetArraySize(rows) != n)
        return ft_fail(err, FT_FORMAT,
                       "%s: expected labels and a confusion_matrix with a row for each", path);
    enum ft_status st = FT_OK;
    const char **names = ft_xcalloc((size_t)n, sizeof *names);
    uint64_t *counts = ft_xcalloc((size_t)n * (size_t)n, sizeof *counts);
    size_t i = 0, k = 0;
    cJSON_ArrayForEach(cell, labels) names[i++] = cJSON_IsString(cell) ? cell->valuestring : "";
    cJSON_ArrayForEach(row, rows)
    {
        if (!st && cJSON_GetArraySize(row) != n)
            st = ft_fail(err, FT_FORMAT, "%s: confusion_matrix is not square", path);
        if (st) break;
        cJSON_ArrayForEach(cell, row)
        {
            double x = cJSON_IsNumber(cell) ? cell->valuedouble : -1;
            if (!(x >= 0 && x <= 9e15))
                st = ft_fail(err, FT_FORMAT,
                             "%s: confusion_matrix contains a value that is not a count", path);
            else
                counts[k++] = (uint64_t)x;
        }
    }
    if (!st) ft_scores_make(s, names, (size_t)n, counts, loss);
    free(names);
    free(counts);
    return st;
}

void ft_scores_file_release(struct ft_scores_file *f)
{
    ft_scores_release(&f->scores);
    *f = (struct ft_scores_file){0};
}

enum ft_status ft_scores_read(struct ft_scores_file *f, const char *path, struct ft_err *err)
{
    cJSON *tree = NULL;
    const char *part = "", *task = "";
    int64_t step = 0;
    *f = (struct ft_scores_file){0};
    enum ft_status st = ft_json_read(path, (size_t)256 << 20, &tree, err);
    if (!st) st = ft_json_str(tree, "part", &part, path, err);
    if (!st) st = ft_json_str(tree, "task", &task, path, err);
    if (!st) st = ft_json_i64(tree, "step", 0, INT64_MAX, &step, path, err);
    int which = ft_task_parse(task);
    if (!st && which < 0) st = ft_fail(err, FT_FORMAT, "%s: task is '%s'", path, task);
    if (!st) {
        struct ft_scores *s = &f->scores;
        double loss = ft_json_number(tree, "loss");
        s->task = (enum ft_task)which;
        s->loss = loss;
        if (which == FT_TASK_CLASSIFY)
            st = read_confusion(s, tree, loss, path, err);
        else if (which == FT_TASK_QA)
            read_squad(s, tree);
        else
            read_lm(s, tree);
    }
    if (!st) {
        f->step = (uint64_t)step;
        snprintf(f->part, sizeof f->part, "%s", part);
    } else {
        ft_scores_file_release(f);
    }
    cJSON_Delete(tree);
    return st;
}
