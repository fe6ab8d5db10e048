/* metrics.jsonl as points, following a file that grows: see runs.h. */
#include "engine/runs.h"

#include "util/fs.h"
#include "util/json.h"
#include "util/mem.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { LINE_BYTES_MAX = 1 << 20 };

void ft_run_series_init(struct ft_run_series *s, const char *run_path)
{
    memset(s, 0, sizeof *s);
    s->path = ft_path_join(run_path, "metrics.jsonl");
}

void ft_run_series_release(struct ft_run_series *s)
{
    free(s->path);
    free(s->points);
    memset(s, 0, sizeof *s);
}

static double number(const cJSON *tree, const char *key)
{
    const cJSON *v = ft_json_get(tree, key);
    return cJSON_IsNumber(v) ? v->valuedouble : NAN;
}

static void add_line(struct ft_run_series *s, const char *line, size_t n)
{
    cJSON *tree = NULL;
    if (ft_json_parse(line, n, s->path, &tree, NULL)) {
        s->broken++;
        return;
    }
    double step = number(tree, "step");
    if (!(step >= 0 && step <= 9007199254740992.0)) {
        s->broken++;
    } else {
        struct ft_run_point p = {.step = (uint64_t)step,
                                 .epoch = number(tree, "epoch"),
                                 .loss = number(tree, "loss"),
                                 .grad_norm = number(tree, "grad_norm"),
                                 .learning_rate = number(tree, "learning_rate"),
                                 .eval_loss = number(tree, "eval_loss"),
                                 .eval_accuracy = number(tree, "eval_accuracy"),
                                 .eval_f1 = number(tree, "eval_f1")};
        if (!isnan(p.loss) || !isnan(p.eval_loss)) {
            ft_grow(&s->points, &s->cap, s->n + 1, sizeof *s->points);
            s->points[s->n++] = p;
        }
    }
    cJSON_Delete(tree);
}

/* Whether the bytes before `offset` are those that were read last time. */
static bool same_beginning(const struct ft_run_series *s, FILE *f, uint64_t size)
{
    char now[sizeof s->last];
    if (size < s->offset) return false;
    return !fseeko(f, (off_t)(s->offset - s->last_n), SEEK_SET) &&
           fread(now, 1, s->last_n, f) == s->last_n && !memcmp(now, s->last, s->last_n);
}

enum ft_status ft_run_series_update(struct ft_run_series *s, bool *changed, struct ft_err *err)
{
    struct stat sb;
    enum ft_status st = FT_OK;
    size_t before = s->n;
    bool again = false;
    if (changed) *changed = false;
    if (!ft_path_is_file(s->path)) return FT_OK;
    FILE *f = fopen(s->path, "rbe");
    if (!f || fstat(fileno(f), &sb))
        st = ft_fail(err, FT_IO, "%s: cannot be read: %s", s->path, strerror(errno));
    if (!st && s->offset && !same_beginning(s, f, (uint64_t)sb.st_size)) {
        again = true;
        s->n = s->broken = 0;
        s->offset = s->last_n = 0;
    }
    if (!st && fseeko(f, (off_t)s->offset, SEEK_SET))
        st = ft_fail(err, FT_IO, "%s: cannot be read: %s", s->path, strerror(errno));
    char *line = NULL;
    size_t cap = 0;
    for (ssize_t n; !st && (n = getline(&line, &cap, f)) > 0 && line[n - 1] == '\n';) {
        if (n < LINE_BYTES_MAX)
            add_line(s, line, (size_t)n - 1);
        else
            s->broken++;
        s->offset += (uint64_t)n;
        s->last_n = (size_t)n < sizeof s->last ? (size_t)n : sizeof s->last;
        memcpy(s->last, line + (size_t)n - s->last_n, s->last_n);
    }
    free(line);
    if (f) fclose(f);
    if (changed) *changed = again || s->n != before;
    return st;
}
