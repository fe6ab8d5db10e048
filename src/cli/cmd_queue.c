/* `fettle queue`: shows and changes the queue of this folder, and works through it. Each entry is trained
 * by a process of its own, so that one that crashes, or that the kernel ends for want of memory, does
 * not end the queue. */
#include "cli/args.h"
#include "cli/report.h"
#include "cli/stop.h"
#include "engine/runs/queue.h"
#include "engine/runs/runs.h"
#include "util/background.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/mem.h"
#include "util/str.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char root[] = FT_QUEUE_ROOT;
/* A run that is left to another process is nobody's for a moment: how long the run that an entry waits for
 * has to be over. */
enum { GRACE_S = 10 };

/* --- the list --- */

static void add_json(struct ft_str *s, const struct ft_queue_item *x)
{
    ft_str_addc(s, '{');
    ft_json_put_num(s, "id", (double)x->id);
    ft_json_put_text(s, "kind", ft_queue_kind_name(x->kind));
    ft_json_put_text(s, "state", ft_queue_state_name(x->state));
    ft_json_put_bytes(s, "dir", x->dir);
    if (x->after) ft_json_put_bytes(s, "after", x->after);
    if (x->why) ft_json_put_bytes(s, "why", x->why);
    ft_json_put_text(s, "added", x->added);
    ft_str_addz(s, "}\n");
}

static void add_row(struct ft_str *s, const struct ft_queue_item *x)
{
    ft_str_addf(s, "%5llu  %-8s %-7s %-32s", (unsigned long long)x->id,
                ft_queue_state_name(x->state), ft_queue_kind_name(x->kind), x->dir);
    if (x->why)
        ft_str_addf(s, "  %s", x->why);
    else if (x->after && x->state == FT_QUEUE_WAITING)
        ft_str_addf(s, "  after %s", x->after);
    ft_str_addc(s, '\n');
}

static int list(const struct ft_args *a)
{
    struct ft_queue q;
    struct ft_err err = {0};
    struct ft_str s = {0};
    bool json = ft_args_flag(a, "json") != NULL;
    if (ft_queue_read(&q, root, &err)) return ft_command_fail(a, &err);
    if (!json && q.n) ft_str_addz(&s, "   id  state    kind    run\n");
    for (size_t i = 0; i < q.n; i++)
        json ? add_json(&s, &q.items[i]) : add_row(&s, &q.items[i]);
    ft_command_print(a, &s);
    int64_t pid = ft_queue_runner(root);
    if (!q.n)
        ft_command_say("the queue is empty");
    else if (pid > 0)
        ft_command_say("process %lld works through the queue", (long long)pid);
    else if (!pid)
        ft_command_say("no process works through the queue: `fettle queue run` does");
    ft_queue_release(&q);
    ft_str_release(&s);
    return ft_command_done();
}

/* --- working through it --- */

static void add_word(char ***words, size_t *n, char *word)
{
    *words = ft_xrealloc(*words, (*n + 2) * sizeof **words);
    (*words)[(*n)++] = word;
    (*words)[*n] = NULL;
}

/* The command that an entry stands for, without the program's name. */
static char **words_of(const struct ft_queue_item *x)
{
    static const char *const commands[FT_QUEUE_KIND_COUNT] = {
        [FT_QUEUE_TRAIN] = "train",
        [FT_QUEUE_RESUME] = "train",
        [FT_QUEUE_SWEEP] = "sweep",
        [FT_QUEUE_AUDIT] = "audit"}; /* begun or not, it is the same command */
    char **words = NULL;
    size_t n = 0;
    add_word(&words, &n, ft_xstrdup(commands[x->kind]));
    if (x->kind == FT_QUEUE_AUDIT) add_word(&words, &n, ft_xprintf("--folds=%zu", x->folds));
    if (x->kind == FT_QUEUE_RESUME || x->kind == FT_QUEUE_SWEEP)
        add_word(&words, &n, ft_xprintf("--resume=%s", x->dir));
    if (x->fork && x->kind == FT_QUEUE_TRAIN)
        add_word(&words, &n, ft_xprintf("--fork=%s", x->fork));
    for (int i = 0; i < FT_OPT_COUNT && x->kind != FT_QUEUE_SWEEP; i++) {
        enum ft_opt id = (enum ft_opt)i;
        bool own = id == FT_OPT_notify || (id == FT_OPT_output_dir && x->kind == FT_QUEUE_RESUME);
        if (!own && ft_options_given(&x->o, id))
            add_word(&words, &n,
                     ft_xprintf("--%s=%s", ft_option_at(id)->name, ft_options_text(&x->o, id)));
    }
    if (x->notify && x->kind != FT_QUEUE_SWEEP)
        add_word(&words, &n, ft_xprintf("--notify=%s", x->notify));
    return words;
}

/* Waits half a second, or for a signal. */
static void rest(struct ft_wake *wake)
{
    struct pollfd p = {.fd = wake->fd, .events = POLLIN};
    poll(&p, 1, 500);
    ft_wake_drain(wake);
}

/* The last line of the log that is an error; "" none. free() it. */
static char *error_of(const char *log)
{
    char *text = NULL, *found = ft_xstrdup("");
    size_t n = 0;
    if (ft_file_read(log, (size_t)256 << 20, &text, &n, NULL)) return found;
    for (size_t end = n; end > 0;) {
        size_t from = end;
        while (from && text[from - 1] != '\n')
            from--;
        if (!strncmp(text + from, "error: ", 7)) {
            free(found);
            found = ft_xstrndup(text + from + 7, end - from - 7);
            break;
        }
        end = from ? from - 1 : 0;
    }
    free(text);
    return found;
}

/* Trains an entry in a process of its own and waits for it; a signal is passed on. `log` has its
 * messages. Returns its exit status. */
static enum ft_status train(const struct ft_queue_item *x, const char *log, struct ft_wake *wake,
                            int *status, struct ft_err *err)
{
    char **words = words_of(x);
    int64_t pid = 0;
    bool told = false;
    remove(log);
    enum ft_status st = ft_background_start((const char *const *)words, log, &pid, err);
    while (!st && !ft_background_ended(pid, status)) {
        if (ft_stop_signal() && !told) {
            told = true;
            kill((pid_t)pid, SIGTERM);
            ft_command_say("stopping %s after this step and saving", x->dir);
        }
        rest(wake);
    }
    for (size_t i = 0; words[i]; i++)
        free(words[i]);
    free(words);
    return st;
}

/* An entry that had begun when its process was killed may have come to its end. */
static bool was_done(const struct ft_queue_item *x)
{
    struct ft_run run;
    if (x->kind != FT_QUEUE_RESUME || ft_run_read(&run, x->dir, NULL)) return false;
    bool done = run.state == FT_RUN_DONE && !x->o.v[FT_OPT_num_train_epochs].given &&
                !x->o.v[FT_OPT_max_steps].given;
    ft_run_release(&run);
    return done;
}

static enum ft_status train_next(struct ft_queue_item *x, struct ft_wake *wake, struct ft_err *err)
{
    char *log = ft_path_join(root, "queue.log"), *why = NULL;
    int status = 0;
    struct ft_err begun = {0};
    ft_command_say("%s: %s",
                   x->kind == FT_QUEUE_AUDIT   ? "auditing"
                   : x->kind == FT_QUEUE_TRAIN ? "training"
                                               : "resuming",
                   x->dir);
    enum ft_status st = was_done(x) ? FT_OK : train(x, log, wake, &status, &begun);
    if (st) {
        why = ft_xstrdup(begun.msg);
    } else if (status && !ft_stop_signal()) {
        why = error_of(log);
        if (!*why) {
            free(why);
            why = ft_xprintf("its process ended with status %d", status);
        }
    }
    bool again = ft_stop_signal() && status; /* it was saved, and goes on with the next runner */
    if (why) ft_command_say("failed: %s: %s", x->dir, why);
    st = again ? FT_OK : ft_queue_ended(root, x->id, why, err);
    free(log);
    free(why);
    return st == FT_NOTFOUND ? FT_OK : st; /* somebody removed it meanwhile */
}

/* Waits until the next entry has not had to wait for a while. */
static enum ft_status wait_turn(struct ft_wake *wake, struct ft_err *err)
{
    bool waiting = true;
    enum ft_status st = FT_OK;
    for (int still = 0; !st && still < 2 * GRACE_S && !ft_stop_signal(); still++) {
        rest(wake);
        st = ft_queue_waits(root, &waiting, err);
        if (waiting) still = -1;
    }
    return st;
}

static int work(const struct ft_args *a)
{
    struct ft_err err = {0};
    struct ft_wake wake;
    int lock;
    size_t n = 0;
    enum ft_status st = ft_queue_claim(root, &lock, &err);
    if (st) return ft_command_fail(a, &err);
    ft_wake_open(&wake);
    ft_stop_watch(&wake);
    for (bool more = true; more && !st && !ft_stop_signal();) {
        struct ft_queue_item item;
        bool waiting;
        st = ft_queue_next(root, &item, &waiting, &err);
        more = !st && (item.id || waiting);
        if (!st && waiting) st = wait_turn(&wake, &err);
        if (!st && item.id) {
            st = train_next(&item, &wake, &err);
            n++;
        }
        if (item.id) ft_queue_item_release(&item);
    }
    ft_stop_unwatch();
    ft_wake_close(&wake);
    ft_lock_release(&lock);
    if (st) return ft_command_fail(a, &err);
    if (ft_stop_signal()) return 128 + ft_stop_signal();
    ft_command_say("%zu run%s of the queue done", n, ft_plural(n));
    return ft_command_done();
}

/* --- changing it --- */

static int change(const struct ft_args *a, const char *what)
{
    struct ft_err err = {0};
    size_t n = 0;
    long long id = 0;
    enum ft_status st = FT_OK;
    bool clears = !strcmp(what, "clear"), removes = !strcmp(what, "remove");
    if (!clears && !removes && strcmp(what, "up") && strcmp(what, "down"))
        return ft_command_usage(a, "queue %s: expected run, remove, up, down or clear", what);
    if (clears ? a->words_n != 1 : a->words_n < 2)
        return ft_command_usage(
            a, clears ? "queue clear takes no id" : "queue %s needs the id of an entry", what);
    if (clears) st = ft_queue_clear(root, &n, &err);
    for (size_t i = 1; i < a->words_n && !st && !clears; i++) {
        if (!ft_parse_i64(a->words[i], &id) || id < 1)
            return ft_command_usage(a, "%s: is not the id of an entry", a->words[i]);
        st = removes ? ft_queue_remove(root, (uint64_t)id, &err)
                     : ft_queue_move(root, (uint64_t)id, *what == 'u' ? -1 : 1, &err);
    }
    if (st) return ft_command_fail(a, &err);
    if (clears) ft_command_say("%zu entr%s removed", n, n == 1 ? "y" : "ies");
    return ft_command_done();
}

int ft_cmd_queue(const struct ft_args *a)
{
    if (!a->words_n) return list(a);
    if (!strcmp(a->words[0], "run") && a->words_n == 1) return work(a);
    return change(a, a->words[0]);
}
