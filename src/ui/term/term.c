/* The terminal through ncurses. Signal handlers only set a flag and wake the poll; the one
 * exception is the crash handler, which puts the terminal back with strings kept ready and lets the
 * signal end the program. Keys are decoded in term_key.c, cells sent in
 * term_cells.c. */
#include "ui/term/term_in.h"

#include "util/fs.h"
#include "util/mem.h"

#include <curses.h>
#include <term.h>

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* curses and the signals belong to the process: so does this. */
static atomic_uint signalled; /* bits of ft_term_event; any thread's handler sets them */
static struct ft_wake signal_wake = {-1};
static struct {
    volatile sig_atomic_t up;
    struct termios termios;
    char restore[512]; /* escape sequences that undo ours */
    size_t restore_n;
    char log_path[512];
    int stderr_fd; /* the real one */
} crash;
static struct ft_term *the_term; /* for the out-of-memory hook */

static const char modes_on[] = "\033[?2004h", modes_off[] = "\033[?2004l";

/* --- signals --- */

static void on_signal(int number)
{
    int saved = errno;
    unsigned bit = number == SIGWINCH  ? FT_TERM_RESIZED
                   : number == SIGINT  ? FT_TERM_INTERRUPT
                   : number == SIGTERM ? FT_TERM_TERMINATE
                   : number == SIGHUP  ? FT_TERM_HANGUP
                                       : TERM_SLEEP;
    atomic_fetch_or(&signalled, bit);
    if (signal_wake.fd >= 0) ft_wake_signal(&signal_wake);
    errno = saved;
}

static void put(int fd, const char *text, size_t n)
{
    while (n) {
        ssize_t done = write(fd, text, n);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return;
        text += done;
        n -= (size_t)done;
    }
}

/* Puts the terminal back with what was kept ready: for any thread, and for a signal handler. */
static void restore(void)
{
    if (!crash.up) return;
    crash.up = 0;
    put(STDOUT_FILENO, crash.restore, crash.restore_n);
    tcsetattr(STDIN_FILENO, TCSANOW, &crash.termios);
    if (crash.stderr_fd >= 0) dup2(crash.stderr_fd, STDERR_FILENO);
}

static void on_crash(int number)
{
    if (crash.up) {
        restore();
        const char *name = number == SIGSEGV   ? "an invalid memory access"
                           : number == SIGABRT ? "a failed assertion"
                           : number == SIGFPE  ? "an arithmetic error"
                           : number == SIGBUS  ? "a bus error"
                           : number == SIGILL  ? "an illegal instruction"
                                               : "a quit signal";
        static const char head[] = "error: fettle was terminated by ", tail[] = "; see ";
        put(STDERR_FILENO, head, sizeof head - 1);
        put(STDERR_FILENO, name, strlen(name));
        put(STDERR_FILENO, tail, sizeof tail - 1);
        put(STDERR_FILENO, crash.log_path, strlen(crash.log_path));
        put(STDERR_FILENO, "\n", 1);
    }
    signal(number, SIG_DFL);
    raise(number);
}

static const int flag_signals[] = {SIGWINCH, SIGINT, SIGTERM, SIGHUP, SIGTSTP};
static const int crash_signals[] = {SIGSEGV, SIGABRT, SIGFPE, SIGBUS, SIGILL, SIGQUIT};
enum { FLAG_N = 5, CRASH_N = 6 };

static void signals_on(struct ft_term *t)
{
    struct sigaction sa = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&sa.sa_mask);
    for (int i = 0; i < FLAG_N; i++)
        sigaction(flag_signals[i], &sa, &t->old_flags[i]);
    t->alt_stack.ss_size = (size_t)(SIGSTKSZ < 65536 ? 65536 : SIGSTKSZ);
    t->alt_stack.ss_sp = ft_xmalloc(t->alt_stack.ss_size);
    sigaltstack(&t->alt_stack, NULL);
    sa.sa_handler = on_crash;
    sa.sa_flags = SA_ONSTACK | SA_NODEFER;
    for (int i = 0; i < CRASH_N; i++)
        sigaction(crash_signals[i], &sa, &t->old_crash[i]);
}

static void signals_off(struct ft_term *t)
{
    stack_t none = {.ss_flags = SS_DISABLE};
    for (int i = 0; i < FLAG_N; i++)
        sigaction(flag_signals[i], &t->old_flags[i], NULL);
    for (int i = 0; i < CRASH_N; i++)
        sigaction(crash_signals[i], &t->old_crash[i], NULL);
    sigaltstack(&none, NULL);
    free(t->alt_stack.ss_sp);
}

/* --- start --- */

/* What was typed before the first screen and was read with the terminal's answers: characters that
 * belong to no escape sequence. */
static void keep_typed(struct ft_term *t, const char *buf, size_t n)
{
    for (size_t i = 0; i < n && t->pending_n < TERM_PENDING; i++) {
        unsigned char c = (unsigned char)buf[i];
        if (c != 27) {
            if (c < 0x80) t->pending[t->pending_n++] = c;
            continue;
        }
        bool osc = i + 1 < n && buf[i + 1] == ']';
        for (i++; i + 1 < n; i++) { /* to the last character of the sequence */
            c = (unsigned char)buf[i + 1];
            if (osc ? c == 7 || c == '\\' : c >= 0x40 && c <= 0x7e) break;
        }
        i++;
    }
}

/* Consoles and old terminals have fonts of 256 or 512 characters. */
static bool is_console(const char *term)
{
    static const char *const kinds[] = {"linux", "screen.linux", "tmux.linux", "vt1",  "vt2",
                                        "vt3",   "vt4",          "vt5",        "ansi", "cons",
                                        "dumb",  "wsvt25",       "pcansi",     "sun",  "pcvt"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!strncmp(term, kinds[i], strlen(kinds[i]))) return true;
    return false;
}

/* Asks the terminal for its background: OSC 11, then a question every terminal answers, so that
 * those who do not know the first cost no waiting. 50 ms at most. 1 light, 0 dark, -1 no answer. */
static int ask_background(struct ft_term *t)
{
    static const char question[] = "\033]11;?\033\\\033[c";
    const char *term = getenv("TERM");
    struct termios old, raw;
    char buf[256];
    size_t n = 0;
    if (!term || !strncmp(term, "linux", 5) || !strncmp(term, "vt", 2)) return -1;
    if (tcgetattr(STDIN_FILENO, &old)) return -1;
    raw = old;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    put(STDOUT_FILENO, question, sizeof question - 1);
    struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};
    for (double end = ft_now_s() + 0.05, left; (left = end - ft_now_s()) > 0 && n < sizeof buf;) {
        if (poll(&fd, 1, (int)(left * 1000) + 1) <= 0) break;
        ssize_t got = read(STDIN_FILENO, buf + n, sizeof buf - n);
        if (got <= 0) break;
        n += (size_t)got;
        const char *second = memmem(buf, n, "\033[?", 3);
        if (second && memchr(second, 'c', n - (size_t)(second - buf))) break;
    }
    tcsetattr(STDIN_FILENO, TCSANOW, &old);
    keep_typed(t, buf, n);
    return ft_theme_osc11(buf, n);
}

/* The terminfo entry with direct colour that goes with TERM, NULL when none is installed. */
static const char *direct_entry(char *buf, size_t size)
{
    const char *term = getenv("TERM"), *ct = getenv("COLORTERM");
    if (strstr(term, "-direct")) return term;
    if (!ct || (strcmp(ct, "truecolor") && strcmp(ct, "24bit"))) return NULL;
    size_t base = strcspn(term, "-");
    snprintf(buf, size, "%.*s-direct", (int)base, term);
    int status = 0;
    if (setupterm(buf, STDOUT_FILENO, &status) != OK) return NULL;
    del_curterm(cur_term);
    return buf;
}

static void keep_restore(void)
{
    /* not through tparm or the like: these have no parameters */
    static const char *const names[] = {"rmkx", "sgr0", "op", "cnorm", "rmcup"};
    crash.restore_n = 0;
    const char *parts[8] = {modes_off, "\033[?1000l\033[?1006l"};
    size_t n = 2;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *s = tigetstr(names[i]);
        if (s && s != (char *)-1) parts[n++] = s;
    }
    for (size_t i = 0; i < n; i++) {
        for (const char *p = parts[i]; *p && crash.restore_n < sizeof crash.restore; p++) {
            if (p[0] == '$' && p[1] == '<') { /* padding */
                p += strcspn(p, ">");
                if (!*p) break;
                continue;
            }
            crash.restore[crash.restore_n++] = *p;
        }
    }
}

static void stderr_away(struct ft_term *t, const char *path)
{
    t->stderr_fd = crash.stderr_fd = -1;
    if (!path) return;
    snprintf(crash.log_path, sizeof crash.log_path, "%s", path);
    char *dir = ft_path_dir(path);
    ft_mkdirs(dir, NULL);
    free(dir);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0) fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (fd < 0) return;
    fflush(stderr);
    t->stderr_fd = crash.stderr_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    dup2(fd, STDERR_FILENO);
    close(fd);
}

static void stderr_back(struct ft_term *t)
{
    if (t->stderr_fd < 0) return;
    fflush(stderr);
    dup2(t->stderr_fd, STDERR_FILENO);
    close(t->stderr_fd);
    t->stderr_fd = crash.stderr_fd = -1;
}

static void modes(struct ft_term *t, bool on)
{
    if (t->xterm) put(STDOUT_FILENO, on ? modes_on : modes_off, sizeof modes_on - 1);
}

static void out_of_memory(void)
{
    restore(); /* on any thread: curses is not touched */
}

/* The theme that is asked for, else the one for the terminal's background. */
static void first_theme(struct ft_term *t, const struct ft_term_options *opt,
                        struct ft_theme *theme)
{
    int light = ft_theme_colorfgbg(getenv("COLORFGBG"));
    enum ft_palette palette = FT_PALETTE_DARK;
    bool said = opt->theme && ft_palette_parse(opt->theme, &palette);
    bool fixed = said && palette != FT_PALETTE_CONTRAST;
    if (light < 0 && !fixed && !opt->no_color) light = ask_background(t);
    *theme = (struct ft_theme){.light = light == 1};
    ft_theme_set(theme, said ? palette : light == 1 ? FT_PALETTE_LIGHT : FT_PALETTE_DARK);
}

/* How curses reads keys and what the terminal sends, once the screen is there. */
static void set_up_screen(struct ft_term *t, const struct ft_term_options *opt, bool colors)
{
    set_escdelay(25);
    raw();
    noecho();
    nonl();
    intrflush(stdscr, FALSE);
    keypad(stdscr, TRUE);
    meta(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    curs_set(0);
    if (colors) {
        start_color();
        use_default_colors();
    }
    term_keys_define(t);
    modes(t, true);
    ft_term_mouse(t, !opt->no_mouse);
    t->fresh = true;
}

enum ft_status ft_term_start(struct ft_term **out, const struct ft_term_options *opt,
                             struct ft_theme *theme, struct ft_err *err)
{
    const char *term = getenv("TERM");
    char direct_name[64];
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return ft_fail(err, FT_UNSUPPORTED,
                       "the workbench needs a terminal; `fettle help` lists the "
                       "commands that do not, `fettle ui --script F` runs a script");
    if (!term || !*term || !strcmp(term, "dumb"))
        return ft_fail(err, FT_UNSUPPORTED,
                       "TERM is %s; set it to the terminal's type, such as "
                       "xterm-256color",
                       term && *term ? term : "not set");
    setlocale(LC_CTYPE, "");
    struct ft_term *t = ft_xcalloc(1, sizeof *t);
    first_theme(t, opt, theme);

    const char *direct = direct_entry(direct_name, sizeof direct_name);
    int status = 0;
    if (setupterm(term, STDOUT_FILENO, &status) != OK) {
        free(t);
        return ft_fail(err, FT_UNSUPPORTED,
                       "TERM=%s is an unknown terminal type; try xterm-256color, "
                       "linux or vt100",
                       term);
    }
    theme->depth = ft_theme_depth(tigetnum("colors"), direct != NULL, opt->no_color);
    del_curterm(cur_term);

    tcgetattr(STDIN_FILENO, &crash.termios);
    ft_wake_open(&signal_wake);
    atomic_store(&signalled, 0u);
    signals_on(t);
    stderr_away(t, opt->log_path);
    t->screen = newterm(theme->depth == FT_DEPTH_TRUE ? direct : term, stdout, stdin);
    if (!t->screen) {
        stderr_back(t);
        signals_off(t);
        ft_wake_close(&signal_wake);
        free(t);
        return ft_fail(err, FT_UNSUPPORTED, "curses cannot use TERM=%s", term);
    }
    set_term(t->screen);
    keep_restore();
    crash.up = 1;
    the_term = t;
    ft_mem_set_die_hook(out_of_memory);
    t->unicode = !opt->no_unicode && !strcmp(nl_langinfo(CODESET), "UTF-8");
    t->signs = t->unicode && !is_console(term);
    t->xterm = tigetstr("rmcup") != NULL && strncmp(term, "vt", 2) && strncmp(term, "linux", 5);
    set_up_screen(t, opt, theme->depth != FT_DEPTH_NONE);
    *out = t;
    return FT_OK;
}

void ft_term_stop(struct ft_term *t)
{
    if (!t) return;
    ft_mem_set_die_hook(NULL);
    the_term = NULL;
    crash.up = 0;
    ft_term_mouse(t, false);
    modes(t, false);
    endwin();
    delscreen(t->screen);
    stderr_back(t);
    signals_off(t);
    ft_wake_close(&signal_wake);
    ft_canvas_release(&t->shown);
    ft_str_release(&t->paste);
    free(t);
}

bool ft_term_has_signs(const struct ft_term *t)
{
    return t->signs;
}

bool ft_term_unicode(const struct ft_term *t)
{
    return t->unicode;
}

void ft_term_size(const struct ft_term *t, int *h, int *w)
{
    struct winsize ws = {0};
    (void)t;
    *h = LINES;
    *w = COLS;
    if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) && ws.ws_row && ws.ws_col) {
        *h = ws.ws_row;
        *w = ws.ws_col;
    }
}

/* --- waiting --- */

void ft_term_wait(struct ft_term *t, const int *fds, int n, int timeout_ms)
{
    enum { WAIT_MAX = 16 };
    struct pollfd p[WAIT_MAX] = {{.fd = STDIN_FILENO, .events = POLLIN},
                                 {.fd = signal_wake.fd, .events = POLLIN}};
    nfds_t count = 2;
    for (int i = 0; i < n && count < WAIT_MAX; i++)
        p[count++] = (struct pollfd){.fd = fds[i], .events = POLLIN};
    if (t->pending_n) return;
    poll(p, count, timeout_ms);
    if (p[0].revents & (POLLHUP | POLLERR | POLLNVAL))
        atomic_fetch_or(&signalled, (unsigned)FT_TERM_HANGUP);
    if (p[1].revents & POLLIN) ft_wake_drain(&signal_wake);
}

unsigned ft_term_events(struct ft_term *t)
{
    unsigned ev = atomic_exchange(&signalled, 0u);
    if (ev & TERM_SLEEP) {
        ft_term_suspend(t);
        ev |= atomic_exchange(&signalled, 0u);
    }
    return ev & ~(unsigned)TERM_SLEEP;
}

void ft_term_suspend(struct ft_term *t)
{
    struct sigaction dfl = {.sa_handler = SIG_DFL}, ours;
    bool mouse = t->mouse;
    ft_term_mouse(t, false);
    modes(t, false);
    endwin();
    crash.up = 0;
    sigaction(SIGTSTP, &dfl, &ours);
    raise(SIGTSTP);
    sigaction(SIGTSTP, &ours, NULL);
    crash.up = 1;
    refresh(); /* curses takes the terminal again */
    modes(t, true);
    ft_term_mouse(t, mouse);
    t->fresh = true;
    atomic_fetch_or(&signalled, (unsigned)(FT_TERM_RESUMED | FT_TERM_RESIZED));
}

/* --- mouse, bell, clipboard --- */

void ft_term_mouse(struct ft_term *t, bool on)
{
    mmask_t mask = BUTTON1_PRESSED | BUTTON1_CLICKED | BUTTON1_DOUBLE_CLICKED | BUTTON4_PRESSED |
                   BUTTON5_PRESSED;
    mousemask(on ? mask : 0, NULL);
    mouseinterval(0);
    t->mouse = on;
}

void ft_term_bell(struct ft_term *t)
{
    (void)t;
    beep();
}

/* Inside tmux and screen the program is another one, and they pass nothing on. */
static bool has_notifications(void)
{
    static const char *const programs[] = {"iTerm.app", "WezTerm", "ghostty"};
    static const char *const types[] = {"xterm-kitty", "xterm-ghostty", "foot", "foot-extra",
                                        "wezterm"};
    const char *program = getenv("TERM_PROGRAM"), *type = getenv("TERM");
    if (getenv("TMUX") || getenv("STY")) return false;
    for (size_t i = 0; program && i < sizeof programs / sizeof *programs; i++)
        if (!strcmp(program, programs[i])) return true;
    for (size_t i = 0; type && i < sizeof types / sizeof *types; i++)
        if (!strcmp(type, types[i])) return true;
    return false;
}

void ft_term_notify(struct ft_term *t, const char *text)
{
    enum { BYTES_MAX = 200 };
    char line[BYTES_MAX + 1];
    (void)t;
    if (!has_notifications()) return;
    snprintf(line, sizeof line, "%s", text);
    line[ft_utf8_prefix(line, strlen(line))] = 0;
    ft_text_tame(line, strlen(line));
    for (char *p = line; *p; p++)
        if (*p == '\n' || *p == '\t') *p = ' ';
    put(STDOUT_FILENO, "\033]9;", 4);
    put(STDOUT_FILENO, line, strlen(line));
    put(STDOUT_FILENO, "\a", 1);
}

void ft_term_copy(struct ft_term *t, const char *text, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    enum { COPY_BYTES = 74994 };
    struct ft_str s = {0};
    (void)t;
    if (n > COPY_BYTES) n = COPY_BYTES;
    ft_str_addz(&s, "\033]52;c;");
    for (size_t i = 0; i < n; i += 3) {
        unsigned b[3] = {(unsigned char)text[i], i + 1 < n ? (unsigned char)text[i + 1] : 0u,
                         i + 2 < n ? (unsigned char)text[i + 2] : 0u};
        ft_str_addc(&s, digits[b[0] >> 2]);
        ft_str_addc(&s, digits[(b[0] & 3) << 4 | b[1] >> 4]);
        ft_str_addc(&s, i + 1 < n ? digits[(b[1] & 15) << 2 | b[2] >> 6] : '=');
        ft_str_addc(&s, i + 2 < n ? digits[b[2] & 63] : '=');
    }
    ft_str_addz(&s, "\033\\");
    put(STDOUT_FILENO, s.data, s.len);
    ft_str_release(&s);
}
