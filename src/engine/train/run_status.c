/* The progress of a run for other processes: see run_status.h. A status whose pid is not the lock's
 * is left over from a process that was killed. */
#include "engine/train/run_status.h"

#include "util/fs.h"
#include "util/json.h"
#include "util/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STATUS_BYTES_MAX = 16 << 10 };
static const char file_name[] = ".status.json";

/* The numbers of a snapshot, by their keys. */
static const struct {
    const char *key;
    size_t offset;
    bool counts; /* uint64_t, else double */
} numbers[] = {
#define COUNT(name)                                                                                \
    {                                                                                              \
#name, offsetof(struct ft_snapshot, name), true                                            \
    }
#define NUMBER(name)                                                                               \
    {                                                                                              \
#name, offsetof(struct ft_snapshot, name), false                                           \
    }
    COUNT(step),           COUNT(steps_total),   COUNT(step_first),   COUNT(eval_step),
    COUNT(best_step),      COUNT(plan_bytes),    COUNT(rss_bytes),    NUMBER(epoch),
    NUMBER(epochs_total),  NUMBER(loss),         NUMBER(grad_norm),   NUMBER(learning_rate),
    NUMBER(loss_label),    NUMBER(loss_teacher), NUMBER(loss_hidden), NUMBER(peak_rate),
    NUMBER(tokens_per_s),  NUMBER(elapsed_s),    NUMBER(eta_s),       NUMBER(eval_loss),
    NUMBER(eval_accuracy), NUMBER(eval_f1),      NUMBER(eval_exact),  NUMBER(eval_perplexity),
    NUMBER(best_metric),   NUMBER(ms_data),      NUMBER(ms_forward),  NUMBER(ms_backward),
    NUMBER(ms_optimizer),
#undef COUNT
#undef NUMBER
};
enum { NUMBERS = sizeof numbers / sizeof *numbers };

static void to_json(const struct ft_snapshot *s, struct ft_str *out)
{
    const char *at = (const char *)s;
    ft_str_addc(out, '{');
    ft_json_put_num(out, "pid", (double)getpid());
    ft_json_put_text(out, "state", ft_session_state_name(s->state));
    ft_json_put_text(out, "phase", s->phase);
    ft_json_put_num(out, "pausing", s->pausing);
    ft_json_put_num(out, "stopping", s->stopping);
    ft_json_put_num(out, "taught", s->taught);
    ft_json_put_text(out, "eval_task", ft_task_name(s->eval_task));
    const char *problem = ft_problem_type_name(ft_task_problem(s->eval_task));
    if (problem) ft_json_put_text(out, "eval_problem", problem);
    ft_json_put_text(out, "eval_line", s->eval_line);
    for (size_t i = 0; i < NUMBERS; i++) {
        double x;
        uint64_t n;
        memcpy(numbers[i].counts ? (void *)&n : (void *)&x, at + numbers[i].offset,
               sizeof(uint64_t));
        ft_json_put_num(out, numbers[i].key, numbers[i].counts ? (double)n : x);
    }
    ft_str_addz(out, "}\n");
}

enum ft_status ft_run_status_write(const char *dir, const struct ft_snapshot *s, struct ft_err *err)
{
    struct ft_str text = {0};
    char *path = ft_path_join(dir, file_name);
    char *tmp = ft_xprintf("%s.tmp.%ld", path, (long)getpid());
    int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    enum ft_status st = FT_OK;
    to_json(s, &text);
    if (fd < 0 || write(fd, text.data, text.len) != (ssize_t)text.len)
        st = ft_fail(err, FT_IO, "%s: cannot be written: %s", path, strerror(errno));
    if (fd >= 0 && close(fd) && !st)
        st = ft_fail(err, FT_IO, "%s: cannot be written: %s", path, strerror(errno));
    if (!st && rename(tmp, path))
        st = ft_fail(err, FT_IO, "%s: cannot be written: %s", path, strerror(errno));
    if (st && fd >= 0) unlink(tmp);
    ft_str_release(&text);
    free(tmp);
    free(path);
    return st;
}

void ft_run_status_remove(const char *dir)
{
    char *path = ft_path_join(dir, file_name);
    unlink(path);
    free(path);
}

static void take_text(const cJSON *tree, const char *key, char *buf, size_t size)
{
    const cJSON *text = ft_json_get(tree, key);
    if (!cJSON_IsString(text)) return;
    snprintf(buf, size, "%s", text->valuestring);
    ft_text_tame(buf, strlen(buf));
    buf[ft_utf8_prefix(buf, strlen(buf))] = 0; /* a character that was cut */
}

static enum ft_task task_of(const cJSON *tree)
{
    char name[64] = "", problem[64] = "";
    take_text(tree, "eval_task", name, sizeof name);
    take_text(tree, "eval_problem", problem, sizeof problem);
    int task = ft_task_parse(name, (enum ft_problem_type)ft_problem_type_parse(problem));
    return task < 0 ? FT_TASK_NONE : (enum ft_task)task;
}

static bool from_json(struct ft_snapshot *s, const cJSON *tree)
{
    char state[32] = "";
    bool known = false;
    take_text(tree, "state", state, sizeof state);
    for (int i = FT_SESSION_STARTING; i <= FT_SESSION_FAILED; i++)
        if (!strcmp(state, ft_session_state_name((enum ft_session_state)i)))
            s->state = (enum ft_session_state)i, known = true;
    s->pausing = ft_json_count(tree, "pausing") > 0;
    s->stopping = ft_json_count(tree, "stopping") > 0;
    s->taught = ft_json_count(tree, "taught") > 0;
    s->eval_task = task_of(tree);
    take_text(tree, "phase", s->phase, sizeof s->phase);
    take_text(tree, "eval_line", s->eval_line, sizeof s->eval_line);
    for (size_t i = 0; i < NUMBERS; i++) {
        double x = ft_json_number(tree, numbers[i].key);
        uint64_t n = ft_json_count(tree, numbers[i].key);
        memcpy((char *)s + numbers[i].offset, numbers[i].counts ? (void *)&n : (void *)&x,
               sizeof(uint64_t));
    }
    if (!(s->eta_s >= 0 && s->eta_s < 1e9)) s->eta_s = -1;
    if (!(s->elapsed_s >= 0 && s->elapsed_s < 1e12)) s->elapsed_s = 0;
    if (!(s->peak_rate > 0)) s->peak_rate = 0;
    if (s->step > s->steps_total) s->step = s->steps_total;
    return known;
}

bool ft_run_status_live(const char *dir, struct ft_snapshot *s, int64_t *pid)
{
    char *lock = ft_path_join(dir, ".lock"), *path = ft_path_join(dir, file_name);
    cJSON *tree = NULL;
    bool live = false;
    memset(s, 0, sizeof *s);
    snprintf(s->output_dir, sizeof s->output_dir, "%s", dir);
    s->eta_s = -1;
    *pid = ft_lock_holder(lock);
    if (*pid && ft_path_is_file(path) && !ft_json_read(path, STATUS_BYTES_MAX, &tree, NULL)) {
        double by = ft_json_number(tree, "pid");
        live = *pid > 0 && fabs(by - (double)*pid) < 0.5 && from_json(s, tree);
    }
    cJSON_Delete(tree);
    free(lock);
    free(path);
    return live;
}
