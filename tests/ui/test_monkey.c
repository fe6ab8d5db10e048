/* A monkey at the workbench: random keys, pastes, clicks and sizes while a run trains. Two modes:
 * `direct` hands the keys to the app (many events a second), `pty` types them into a terminal. Each
 * runs in a child process, in a folder of its own; this process watches. A crash, a report of a
 * sanitizer, a wrong end or one that does not move for --patience seconds fails with the seed and
 * the last events.
 *
 *     test_ui_monkey                                     both modes, short (ctest)
 *     test_ui_monkey direct --events 1000000 --seed 7    long, by hand, from a sanitizer's build
 *     test_ui_monkey direct --events 5210 --seed 7 --minimise    the fewest events that still fail
 *
 * The events follow from the seed alone; what the run's threads do meanwhile does not, so a failure
 * may need several tries. */
#include "monkey_events.h"
#include "monkey_sandbox.h"
#include "pseudo_tty.h"

#include "ui/app/app_in.h"
#include "ui/screens/ui.h"
#include "ui/screens/workbench.h"
#include "util/clock.h"

#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum { RESTART_EVENTS = 20000, TELL_EVENTS = 25, TELL_BYTES = 400 };

struct options {
    const char *mode; /* NULL: both, short */
    uint64_t seed, events;
    double patience_s;
    bool minimise;
    const uint8_t *skip; /* events that are left out, one byte each; NULL: none */
};

/* What the child tells. */
struct watch {
    atomic_uint_fast64_t at;    /* events done */
    atomic_uint_fast64_t begun; /* the event before which the program was started last */
    atomic_uint_fast64_t starts;
    atomic_uint_fast64_t slowest_us, slowest_at;
    atomic_bool locked;
};
static struct watch *watch;
static char folder[64];

static bool skipped(const struct options *o, uint64_t i)
{
    return o->skip && o->skip[i];
}

/* --- direct: in the child --- */

struct bench {
    struct ft_app *app;
    struct ft_workbench *w;
};

static void start(struct bench *b)
{
    static const char *const settings[][2] = {{"data", "data.csv"},     {"model", "model"},
                                              {"max_seq_length", "16"}, {"num_train_epochs", "300"},
                                              {"threads", "1"},         {"logging_steps", "1"},
                                              {"save_steps", "40"}};
    ft_remove_tree("runs", NULL);
    b->app = ft_app_new(&(struct ft_app_options){.h = 24, .w = 80});
    b->w = ft_workbench_new(b->app);
    ft_ui_screens(b->app, b->w);
    if (watch->starts % 2) ft_workbench_recall(b->w); /* what the last one left */
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        ft_options_set(&b->w->o, settings[i][0], settings[i][1], true, NULL);
    ft_workbench_settled(b->w);
    ft_app_screen(b->app, b->app->now);
    ft_workbench_train(b->w);
    watch->starts++;
    watch->begun = watch->at;
}

static void stop(struct bench *b)
{
    struct ft_err err = {0};
    ft_state_save(&b->app->state, &err);
    ft_app_free(b->app);
    ft_workbench_free(b->w);
    *b = (struct bench){0};
}

/* The screen is h lines of text without a control character. */
static void check_screen(struct ft_app *app)
{
    struct ft_str s = {0};
    int lines = 0;
    app_draw(app);
    ft_app_dump(app, &s);
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.data[i];
        lines += c == '\n';
        if ((c < 32 && c != '\n') || c == 127) {
            fprintf(stderr, "byte %d on the screen:\n%s", c, ft_str_text(&s));
            abort();
        }
    }
    if (lines != app->h) {
        fprintf(stderr, "%d lines on a screen of %d:\n%s", lines, app->h, ft_str_text(&s));
        abort();
    }
    ft_str_release(&s);
}

static void one_event(struct bench *b, const struct monkey_event *e, uint64_t i)
{
    double from = ft_now_s();
    app_draw(b->app); /* a key meets what a person would see */
    if (e->key.code == FT_KEY_NONE)
        app_size(b->app, e->h, e->w);
    else
        app_key(b->app, &e->key);
    uint64_t us = (uint64_t)((ft_now_s() - from) * 1e6);
    if (us > watch->slowest_us) {
        watch->slowest_us = us;
        watch->slowest_at = i;
    }
    app_work(b->app, app_woken(b->app, i % 256 ? 0 : 5));
    if (i % 16 == 0) check_screen(b->app);
}

static void direct(const struct options *o)
{
    struct monkey *m = ft_xcalloc(1, sizeof *m);
    struct monkey_event e;
    struct bench b = {0};
    m->state = o->seed;
    m->no_root = !watch->locked;
    for (uint64_t i = 0; i < o->events; watch->at = ++i) {
        monkey_next(m, &e);
        if (skipped(o, i)) continue;
        if (b.app && (b.app->quit || i - watch->begun >= RESTART_EVENTS)) stop(&b);
        if (!b.app) start(&b);
        one_event(&b, &e, i);
    }
    if (b.app) stop(&b);
    free(m);
}

/* --- pty: the keys as bytes, written by the parent --- */

static int program(void *arg)
{
    char *argv[] = {"fettle", "ui", "--open", "data.csv", "--model", "model", NULL};
    bool locked;
    (void)arg;
    setenv("TERM", "xterm-256color", 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    setenv("NCURSES_GPM_TERMS", "none", 1);
    if (!sandbox_enter(folder, &locked)) return 99;
    watch->locked = locked;
    return ft_ui_main(6, argv);
}

static void add_utf8(struct ft_str *out, uint32_t cp)
{
    int more = cp < 0x80 ? 0 : cp < 0x800 ? 1 : cp < 0x10000 ? 2 : 3;
    static const unsigned first[] = {0, 0xC0, 0xE0, 0xF0};
    ft_str_addc(out, (char)(first[more] | cp >> (6 * more)));
    while (more--)
        ft_str_addc(out, (char)(0x80 | (cp >> (6 * more) & 63)));
}

/* The bytes that a terminal sends; garbage now and then. */
static void bytes_of(const struct monkey_event *e, struct ft_str *out)
{
    static const char *const codes[FT_KEY_COUNT] = {
        [FT_KEY_UP] = "\033[A",       [FT_KEY_DOWN] = "\033[B",    [FT_KEY_RIGHT] = "\033[C",
        [FT_KEY_LEFT] = "\033[D",     [FT_KEY_HOME] = "\033OH",    [FT_KEY_END] = "\033OF",
        [FT_KEY_PGUP] = "\033[5~",    [FT_KEY_PGDN] = "\033[6~",   [FT_KEY_INSERT] = "\033[2~",
        [FT_KEY_DELETE] = "\033[3~",  [FT_KEY_BACKSPACE] = "\x7f", [FT_KEY_TAB] = "\t",
        [FT_KEY_ENTER] = "\r",        [FT_KEY_ESC] = "\033",       [FT_KEY_F1] = "\033OP",
        [FT_KEY_F2] = "\033[99;99;9", [FT_KEY_F3] = "\033[<0;5",   [FT_KEY_F4] = "\xf0\x9f",
        [FT_KEY_F5] = "\033]11;rgb:", [FT_KEY_F6] = "\033[200~"};
    const struct ft_key *k = &e->key;
    switch (k->code) {
    case FT_KEY_CHAR:
        if (k->mods & FT_MOD_ALT) ft_str_addc(out, '\033');
        if (k->mods & FT_MOD_CTRL)
            ft_str_addc(out, (char)(k->cp & 31));
        else
            add_utf8(out, k->cp);
        break;
    case FT_KEY_PASTE:
        ft_str_addf(out, "\033[200~");
        ft_str_add(out, k->text, k->n);
        ft_str_addf(out, "\033[201~");
        break;
    case FT_KEY_MOUSE:
        ft_str_addf(out, "\033[<%d;%d;%dM",
                    k->button == FT_BUTTON_UP     ? 64
                    : k->button == FT_BUTTON_DOWN ? 65
                                                  : 0,
                    k->x + 1, k->y + 1);
        break;
    default:
        if (codes[k->code]) ft_str_addf(out, "%s", codes[k->code]);
        break;
    }
}

/* Writes, and reads what comes meanwhile. false: nothing was taken for too long. */
static bool feed(struct pty *p, const char *data, size_t n, double patience_s)
{
    double until = ft_now_s() + patience_s;
    while (n) {
        struct pollfd fd = {.fd = p->fd, .events = POLLIN | POLLOUT};
        if (poll(&fd, 1, 100) > 0 && fd.revents & POLLIN) pty_read(p, 0);
        if (fd.revents & POLLOUT) {
            ssize_t k = write(p->fd, data, n < 256 ? n : 256);
            if (k > 0) {
                data += k;
                n -= (size_t)k;
                until = ft_now_s() + patience_s;
            }
        }
        if (fd.revents & (POLLHUP | POLLERR)) return true; /* it ended */
        if (pty_state(p) == 'T') kill(p->pid, SIGCONT);
        if (ft_now_s() > until) return false;
    }
    return true;
}

/* Another size: something must be drawn. */
static bool answers(struct pty *p, int h, int w, double patience_s)
{
    ft_str_clear(&p->out);
    pty_resize(p, h, w);
    for (double until = ft_now_s() + patience_s; ft_now_s() < until;) {
        if (pty_read(p, 0.05)) return true;
        if (pty_state(p) == 'T') kill(p->pid, SIGCONT);
        if (strchr("Z", pty_state(p))) return true; /* it ended; 0 is found too */
        pty_resize(p, h + (ft_now_s() > until - patience_s / 2), w);
    }
    return false;
}

/* Told how it ended: 0, or by q with a signal's number. */
static bool fine_end(int status)
{
    return WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 128 + SIGTERM ||
                                 WEXITSTATUS(status) == 128 + SIGHUP);
}

static bool in_terminal(const struct options *o)
{
    struct monkey *m = ft_xcalloc(1, sizeof *m);
    struct monkey_event e;
    struct ft_str bytes = {0};
    struct pty p = {0};
    bool on = false, good = true;
    int status = 0, h = 24, w = 80;
    m->state = o->seed;
    m->no_root = true; /* known to be locked only when it runs */
    for (uint64_t i = 0; good && i < o->events; watch->at = ++i) {
        monkey_next(m, &e);
        if (!on) {
            on = good =
                pty_begin(&p, h, w, false, program, NULL) && pty_wait(&p, " help", o->patience_s);
            ft_str_addf(&bytes, ":set num_train_epochs 300\r:set max_seq_length 16\rT");
            good = good && feed(&p, bytes.data, bytes.len, o->patience_s);
            fcntl(p.fd, F_SETFL, fcntl(p.fd, F_GETFL) | O_NONBLOCK);
            watch->begun = i;
            watch->starts++;
        }
        ft_str_clear(&bytes);
        if (e.key.code == FT_KEY_NONE)
            pty_resize(&p, h = e.h, w = e.w);
        else
            bytes_of(&e, &bytes);
        good = good && feed(&p, bytes.data, bytes.len, o->patience_s);
        if (i % 200 == 199) good = good && answers(&p, h = h > 60 ? 24 : h + 1, w, o->patience_s);
        if (p.out.len > 1 << 16) ft_str_clear(&p.out);
        ft_str_clear(&p.all);
        if (i % 8 == 0 && waitpid(p.waited, &status, WNOHANG) == p.waited) {
            good = good && fine_end(status);
            if (good) pty_release(&p);
            on = !good;
        }
    }
    if (on) {
        kill(p.pid, good ? SIGTERM : SIGKILL);
        if (good)
            good = pty_end(&p, &status, o->patience_s) && fine_end(status) && pty_restored(&p);
        if (!good)
            fprintf(stderr, "status %#x, on the screen last:\n%s\n", (unsigned)status,
                    ft_str_text(&p.out));
        pty_release(&p);
    }
    ft_str_release(&bytes);
    free(m);
    return good;
}

/* --- the watcher --- */

/* The last events before the failure. */
static void tell_last(const struct options *o)
{
    struct monkey *m = ft_xcalloc(1, sizeof *m);
    struct monkey_event e;
    char text[TELL_BYTES];
    uint64_t at = watch->at, told = 0, from = at > TELL_EVENTS ? at - TELL_EVENTS : 0;
    if (o->skip) from = 0; /* few are left */
    m->state = o->seed;
    m->no_root = strcmp(o->mode, "direct") != 0 || !watch->locked;
    fprintf(stderr, "the program was started before event %llu; the last events:\n",
            (unsigned long long)watch->begun);
    for (uint64_t i = 0; i <= at && i < o->events; i++) {
        monkey_next(m, &e);
        if (i < from || skipped(o, i) || told++ > 400) continue;
        fprintf(stderr, "%8llu  %s\n", (unsigned long long)i, monkey_tell(&e, text, sizeof text));
    }
    char *log = ft_path_join(folder, "fettle/log.txt"), *lines = NULL;
    size_t n = 0;
    if (!ft_file_read(log, 1 << 24, &lines, &n, NULL) && n)
        fprintf(stderr, "end of its log:\n%s", lines + (n > 6000 ? n - 6000 : 0));
    free(lines);
    free(log);
    free(m);
}

/* Waits for the child; kills it when it stands still. */
static bool watched(const struct options *o, pid_t pid)
{
    int status;
    double moved = ft_now_s(), told = moved;
    uint64_t last = 0;
    while (waitpid(pid, &status, WNOHANG) == 0) {
        usleep(o->events < 100000 ? 2000 : 100000);
        double now = ft_now_s();
        if (watch->at != last) moved = now;
        last = watch->at;
        if (now - moved > o->patience_s) {
            fprintf(stderr, "event %llu: no answer for %.0f s\n", (unsigned long long)last,
                    now - moved);
            kill(pid, SIGABRT);
            usleep(500000);
            kill(pid, SIGKILL);
            waitpid(pid, &status, 0);
            return false;
        }
        if (now - told > 30) {
            told = now;
            printf("%llu events\n", (unsigned long long)last);
            fflush(stdout);
        }
    }
    if (WIFSIGNALED(status))
        fprintf(stderr, "event %llu: signal %d\n", (unsigned long long)last, WTERMSIG(status));
    return WIFEXITED(status) && !WEXITSTATUS(status);
}

/* One child from a fresh folder. */
static bool child_lives(const struct options *o)
{
    snprintf(folder, sizeof folder, "/tmp/fettle-monkey-XXXXXX");
    if (!mkdtemp(folder)) return false;
    memset(watch, 0, sizeof *watch);
    bool good;
    fflush(stdout);
    if (!strcmp(o->mode, "direct")) {
        pid_t pid = fork();
        if (!pid) {
            bool locked = false;
            if (!sandbox_enter(folder, &locked)) exit(99);
            watch->locked = locked;
            direct(o);
            exit(0); /* by which leaks are looked for */
        }
        good = watched(o, pid);
    } else {
        good = in_terminal(o);
    }
    if (!good && !o->minimise) tell_last(o);
    ft_remove_tree(folder, NULL);
    return good;
}

/* Leaves out ever smaller pieces of the events as long as it still fails. */
static void minimise(struct options *o)
{
    uint8_t *skip = ft_xcalloc(o->events, 1);
    o->skip = skip;
    for (uint64_t piece = o->events / 2; piece; piece /= 2) {
        for (uint64_t from = 0; from < o->events; from += piece) {
            uint64_t n = o->events - from < piece ? o->events - from : piece;
            uint8_t *before = ft_xmalloc(n);
            memcpy(before, skip + from, n);
            memset(skip + from, 1, n);
            if (memcmp(before, skip + from, n) && child_lives(o)) memcpy(skip + from, before, n);
            free(before);
        }
        printf("pieces of %llu done\n", (unsigned long long)piece);
    }
    o->minimise = false;
    printf("what is left:\n");
    child_lives(o);
    free(skip);
}

static int run(struct options *o)
{
    double from = ft_now_s();
    if (!child_lives(o)) {
        fprintf(stderr, "FAILED: test_ui_monkey %s --events %llu --seed %llu\n", o->mode,
                (unsigned long long)watch->at + 1, (unsigned long long)o->seed);
        if (o->minimise) minimise(o);
        return 1;
    }
    printf("%s: %llu events, %llu starts, seed %llu, %.1f s; slowest %.1f ms (event %llu)%s\n",
           o->mode, (unsigned long long)watch->at, (unsigned long long)watch->starts,
           (unsigned long long)o->seed, ft_now_s() - from, (double)watch->slowest_us / 1000,
           (unsigned long long)watch->slowest_at,
           watch->locked ? "" : "; without Landlock, no '/' typed");
    return 0;
}

static int usage(void)
{
    fprintf(stderr,
            "usage: test_ui_monkey [direct|pty] [--events N] [--seed N] [--patience SECONDS] "
            "[--minimise]\n");
    return 2;
}

int main(int argc, char **argv)
{
    struct options o = {.seed = 20260101, .patience_s = 120};
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (!strcmp(argv[i], "direct") || !strcmp(argv[i], "pty"))
            o.mode = argv[i];
        else if (!strcmp(argv[i], "--minimise"))
            o.minimise = true;
        else if (!strcmp(argv[i], "--events") && more)
            o.events = strtoull(argv[++i], NULL, 10);
        else if (!strcmp(argv[i], "--seed") && more)
            o.seed = strtoull(argv[++i], NULL, 10);
        else if (!strcmp(argv[i], "--patience") && more)
            o.patience_s = strtod(argv[++i], NULL);
        else
            return usage();
    }
    watch = mmap(NULL, sizeof *watch, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (watch == MAP_FAILED) return 1;
    if (o.mode && o.events) return run(&o);
    if (o.mode || o.events) return usage();
    struct options keys = o, tty = o;
    keys.mode = "direct";
    keys.events = 3000;
    tty.mode = "pty";
    tty.events = 400;
    return run(&keys) || run(&tty);
}
