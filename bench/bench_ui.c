/* What the workbench costs, measured from outside in a pseudo-terminal, on the program as it is
 * run: time to the first screen, answers to keys while a run trains on all cores and in a table of
 * a million rows, redraws a second, and what the screen takes from training.
 *
 *     bench_ui FETTLE [start] [keys] [cost] [rows]      all four when none is named
 *
 * Tables on stdout. A key is answered when what it changes has arrived in the terminal. */
#include "pseudo_tty.h"
#include "util/fs.h"
#include "util/mem.h"

#include <math.h>

static const char *fettle;
static char folder[] = "/tmp/fettle-bench-XXXXXX";
static char *mail, *starter;

static void die(const char *what, const struct pty *p)
{
    fprintf(stderr, "bench_ui: %s\n", what);
    if (p) fprintf(stderr, "%.*s\n", (int)p->out.len, p->out.len ? p->out.data : "");
    if (p) kill(p->pid, SIGKILL);
    ft_remove_tree(folder, NULL);
    exit(1);
}

static int run_program(void *arg)
{
    char *const *argv = arg;
    if (chdir(folder)) return 99;
    execv(fettle, argv);
    return 99;
}

static struct pty begin(char **argv, int h, int w)
{
    struct pty p;
    if (!pty_begin(&p, h, w, false, run_program, argv)) die("no pseudo-terminal", NULL);
    return p;
}

static void expect(struct pty *p, const char *text, double seconds)
{
    if (!pty_wait(p, text, seconds)) die(text, p);
}

static void finish(struct pty *p)
{
    int status;
    kill(p->pid, SIGTERM);
    if (!pty_end(p, &status, 60) || !WIFEXITED(status)) die("it did not end", p);
    pty_release(p);
}

/* --- numbers --- */

struct times {
    double s[1024];
    int n;
};

static int by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void add(struct times *t, double seconds)
{
    if (t->n < 1024) t->s[t->n++] = seconds;
}

static void print(const char *what, struct times *t)
{
    qsort(t->s, (size_t)t->n, sizeof *t->s, by_size);
    printf("| %s | %d | %.1f | %.1f | %.1f |\n", what, t->n, 1e3 * t->s[t->n / 2],
           1e3 * t->s[t->n * 95 / 100], 1e3 * t->s[t->n - 1]);
    fflush(stdout);
}

/* Presses a key and waits for `answer` (NULL: for anything). */
static double press(struct pty *p, const char *keys, const char *answer)
{
    double start = ft_now_s();
    pty_type(p, keys);
    if (answer)
        expect(p, answer, 10);
    else if (!pty_read(p, 10))
        die("no answer to a key", p);
    return ft_now_s() - start;
}

/* The terminal is read until nothing came for `seconds`. */
static void settle(struct pty *p, double seconds)
{
    while (pty_read(p, seconds))
        ;
}

/* --- start --- */

static void bench_start(void)
{
    struct times first = {0}, again = {0};
    char *argv[] = {"fettle", NULL}, *state = ft_path_join(folder, "fettle");
    for (int i = 0; i < 40; i++) {
        if (i < 20) ft_remove_tree(state, NULL);
        double start = ft_now_s();
        struct pty p = begin(argv, 24, 80);
        expect(&p, " help", 10);
        add(i < 20 ? &first : &again, ft_now_s() - start);
        settle(&p, 0.3);
        pty_type(&p, "q");
        int status;
        if (!pty_end(&p, &status, 10)) die("it did not end", &p);
        pty_release(&p);
    }
    print("first screen, first start ever", &first);
    print("first screen, with what was open last", &again);
    free(state);
}

/* --- a run that trains --- */

static char *train_options[] = {"set num_train_epochs 5000\r", "set max_seq_length 64\r",
                                "set eval_strategy no\r", "set save_strategy no\r",
                                "set logging_steps 1\r"};

static struct pty begin_training(int h, int w)
{
    char *argv[] = {"fettle", "ui", "--open", mail, "--model", starter, NULL};
    struct pty p = begin(argv, h, w);
    expect(&p, " help", 10);
    for (size_t i = 0; i < sizeof train_options / sizeof *train_options; i++) {
        pty_type(&p, ":");
        pty_type(&p, train_options[i]);
        settle(&p, 0.05);
    }
    pty_type(&p, "T");
    expect(&p, "[4 Train", 10);
    pty_drain(&p, 3); /* data read, first steps done */
    return p;
}

static void bench_keys(void)
{
    struct pty p = begin_training(24, 80);
    struct times screen = {0}, move = {0};
    for (int i = 0; i < 200; i++) {
        pty_drain(&p, 0.02 + 0.0007 * (i * 37 % 50));
        add(&screen, press(&p, i % 2 ? "4" : "1", i % 2 ? "[4 Train" : "[1 Data"));
    }
    pty_type(&p, "3"); /* a screen that says nothing by itself */
    settle(&p, 0.3);
    for (int i = 0; i < 200; i++) {
        pty_drain(&p, 0.02 + 0.0007 * (i * 37 % 50));
        add(&move, press(&p, i / 5 % 2 ? "k" : "j", NULL));
    }
    print("another screen, while it trains", &screen);
    print("a row up or down, while it trains", &move);
    /* redraws: what comes with less than 12 ms between is one, as two are 33 ms apart */
    static const int sizes[][2] = {{24, 80}, {60, 200}};
    pty_type(&p, "4");
    for (int i = 0; i < 2; i++) {
        pty_resize(&p, sizes[i][0], sizes[i][1]);
        pty_drain(&p, 1);
        double start = ft_now_s(), last = 0;
        int redraws = 0, most = 0, in_second = 0, second = 0;
        while (ft_now_s() - start < 10) {
            if (!pty_read(&p, 0.1)) continue;
            double now = ft_now_s();
            if (now - last > 0.012) {
                redraws++;
                if ((int)(now - start) != second) in_second = 0;
                second = (int)(now - start);
                if (++in_second > most) most = in_second;
            }
            last = now;
        }
        printf("redraws of Train at %dx%d: %.1f a second, most %d\n", sizes[i][1], sizes[i][0],
               redraws / (ft_now_s() - start), most);
    }
    finish(&p);
}

/* --- what the screen takes from training --- */

static double runtime_of(const char *dir)
{
    struct ft_err err = {0};
    char *path = ft_xprintf("%s/%s/metrics.jsonl", folder, dir), *text;
    size_t n;
    if (ft_file_read(path, 1 << 26, &text, &n, &err)) die(err.msg, NULL);
    const char *at = strstr(text, "\"train_runtime\":");
    double seconds = at ? strtod(at + strlen("\"train_runtime\":"), NULL) : NAN;
    free(text);
    free(path);
    return seconds;
}

/* Seconds of processor of the first thread of a process: the one of the screen. */
static double cpu_of(pid_t pid)
{
    enum { FIELDS_BETWEEN = 11 }; /* from the state to utime, see proc(5) */
    char path[64], text[1024], *at;
    snprintf(path, sizeof path, "/proc/%d/task/%d/stat", (int)pid, (int)pid);
    FILE *f = fopen(path, "r");
    at = f && fgets(text, sizeof text, f) ? strrchr(text, ')') : NULL;
    if (f) fclose(f);
    if (!at) return NAN;
    at += 2;
    for (int i = 0; i < FIELDS_BETWEEN; i++)
        at = strchr(at, ' ') + 1;
    unsigned long user = strtoul(at, &at, 10), kernel = strtoul(at, NULL, 10);
    return (double)(user + kernel) / (double)sysconf(_SC_CLK_TCK);
}

static const char *const cost_options[][2] = {{"learning_rate", "1e-3"},
                                              {"num_train_epochs", "40"},
                                              {"eval_strategy", "no"},
                                              {"save_strategy", "no"}};
enum { COST_OPTIONS = 4, COST_ROUNDS = 3 };

static double train_without(int round)
{
    char dir[32],
        *argv[16] = {"fettle", "train", "--model", starter, "--data", mail, "--output_dir", dir};
    char words[COST_OPTIONS][64];
    snprintf(dir, sizeof dir, "plain-%d", round);
    for (int i = 0; i < COST_OPTIONS; i++) {
        snprintf(words[i], sizeof words[i], "--%s=%s", cost_options[i][0], cost_options[i][1]);
        argv[8 + i] = words[i];
    }
    struct pty p = begin(argv, 24, 80);
    int status;
    if (!pty_end(&p, &status, 300) || status) die("train failed", &p);
    pty_release(&p);
    return runtime_of(dir);
}

/* *busy: seconds of processor that the screen's thread took; *wall: of how many seconds. */
static double train_with(int round, double *busy, double *wall)
{
    char line[128], dir[32], *argv[] = {"fettle", "ui", "--open", mail, "--model", starter, NULL};
    snprintf(dir, sizeof dir, "ui-%d", round);
    struct pty p = begin(argv, 24, 80);
    expect(&p, " help", 10);
    for (int i = 0; i <= COST_OPTIONS; i++) {
        snprintf(line, sizeof line, ":set %s %s\r",
                 i == COST_OPTIONS ? "output_dir" : cost_options[i][0],
                 i == COST_OPTIONS ? dir : cost_options[i][1]);
        pty_type(&p, line);
        settle(&p, 0.05);
    }
    settle(&p, 1); /* the data is read and counted */
    double start = ft_now_s(), before = cpu_of(p.pid);
    pty_type(&p, "T");
    expect(&p, "/model saved", 300);
    *busy = cpu_of(p.pid) - before;
    *wall = ft_now_s() - start;
    finish(&p);
    return runtime_of(dir);
}

static void bench_cost(void)
{
    struct times without = {0}, with = {0};
    double busy = 0, wall = 0;
    for (int i = 0; i < COST_ROUNDS; i++) {
        double b, w;
        add(&without, train_without(i));
        add(&with, train_with(i, &b, &w));
        busy += b;
        wall += w;
    }
    qsort(without.s, COST_ROUNDS, sizeof(double), by_size);
    qsort(with.s, COST_ROUNDS, sizeof(double), by_size);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    printf("the same run %d times without the screen: %.2f to %.2f s; with it: %.2f to %.2f s\n"
           "the screen's thread took %.2f %% of one core, %.2f %% of the %ld there are\n",
           COST_ROUNDS, without.s[0], without.s[COST_ROUNDS - 1], with.s[0],
           with.s[COST_ROUNDS - 1], 100 * busy / wall, 100 * busy / wall / (double)cores, cores);
}

/* --- a million rows --- */

static void bench_rows(void)
{
    static const char *const words[] = {"harbour", "lamp", "ticket", "reading", "winter", "card"};
    struct ft_str csv = {0};
    struct ft_err err = {0};
    char *path = ft_path_join(folder, "million.csv");
    ft_str_addz(&csv, "text,label\n");
    for (unsigned i = 0; i < 1000000; i++)
        ft_str_addf(&csv, "row %u says %s and %s about the %s,%s\n", i, words[i % 6],
                    words[i / 6 % 6], words[i / 36 % 6], i % 3 ? "yes" : "no");
    if (ft_file_write(path, csv.data, csv.len, &err)) die(err.msg, NULL);
    ft_str_release(&csv);
    char *argv[] = {"fettle", "ui", "--open", path, NULL};
    double start = ft_now_s();
    struct pty p = begin(argv, 24, 80);
    expect(&p, " help", 10);
    double shown = ft_now_s() - start;
    struct times opening = {0};
    for (bool busy = true; busy;) { /* keys are answered while it is read */
        pty_drain(&p, 0.1);
        add(&opening, press(&p, "\f", " help"));
        settle(&p, 0.02);
        busy = pty_has(&p.out, "busy:") || !pty_has(&p.out, "1,000,000");
        if (ft_now_s() - start > 120) die("a million rows are not read", &p);
    }
    printf("a million rows: first screen after %.0f ms, all read and counted after %.1f s\n",
           1e3 * shown, ft_now_s() - start);
    print("redraw asked for while they are read", &opening);
    static const struct {
        const char *name, *keys[2];
    } kinds[] = {{"a row down", {"j", "j"}},
                 {"a page down", {"\033[6~", "\033[6~"}},
                 {"first row, last row", {"g", "G"}}};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        struct times t = {0};
        settle(&p, 0.2);
        for (int i = 0; i < 200; i++) {
            pty_drain(&p, 0.012);
            add(&t, press(&p, kinds[k].keys[i % 2], NULL));
        }
        print(kinds[k].name, &t);
    }
    finish(&p);
    free(path);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } all[] = {
        {"start", bench_start}, {"keys", bench_keys}, {"cost", bench_cost}, {"rows", bench_rows}};
    if (argc < 2) {
        fprintf(stderr, "usage: bench_ui FETTLE [start] [keys] [cost] [rows]\n");
        return 2;
    }
    fettle = ft_path_real(argv[1]);
    mail = ft_assets_path("data/library-mail.csv");
    starter = ft_assets_path("../tests/assets/models/starter");
    if (!fettle || !mail || !starter || !mkdtemp(folder)) die("needs the program and assets", NULL);
    setenv("XDG_STATE_HOME", folder, 1);
    setenv("XDG_CONFIG_HOME", folder, 1);
    setenv("TERM", "xterm-256color", 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    double load[1] = {NAN};
    getloadavg(load, 1);
    printf("load %.1f\n\n", load[0]);
    printf("| what | times | median ms | 95 %% ms | worst ms |\n| --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        bool wanted = argc == 2;
        for (int k = 2; k < argc; k++)
            wanted |= !strcmp(argv[k], all[i].name);
        if (wanted) all[i].run();
    }
    ft_remove_tree(folder, NULL);
    return 0;
}
