/* `fettle pull`: shows what will be downloaded and the progress on stderr, prints the snapshot's
 * folder on stdout. */
#include "cli/args.h"
#include "cli/report.h"
#include "cli/stop.h"
#include "engine/model/pull.h"
#include "util/clock.h"
#include "util/json.h"
#include "util/str.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PLAIN_EVERY_MS = 10000, DRAW_EVERY_MS = 200, LISTED_MAX = 40 };

struct progress {
    bool terminal; /* redraws its line; else a plain line now and then */
    bool drawn;    /* a line is there to be cleared */
    double said_s; /* when it was last shown */
};

static void clear_line(struct progress *p)
{
    if (p->drawn) fputs("\r\033[K", stderr);
    p->drawn = false;
}

static void show_plan(struct ft_pull *pull, const struct ft_pull_view *v)
{
    char bytes[32], rest[32];
    struct ft_pull_file *files;
    size_t n = ft_pull_files(pull, &files);
    ft_command_say("%s, revision %s (%.12s), licence %s", v->id, v->revision, v->commit,
                   v->licence);
    for (size_t i = 0; i < n && i < LISTED_MAX; i++)
        ft_command_say("  %-44s %10s%s", files[i].name,
                       ft_format_bytes(bytes, sizeof bytes, (double)files[i].bytes),
                       files[i].done && !files[i].fetched ? "  cached" : "");
    if (n > LISTED_MAX) ft_command_say("  and %zu more", n - LISTED_MAX);
    ft_command_say("%zu file%s, %s, to download %s", n, ft_plural(n),
                   ft_format_bytes(bytes, sizeof bytes, (double)v->bytes),
                   ft_format_bytes(rest, sizeof rest, (double)v->bytes_download));
    if (*v->warning) ft_command_say("warning: %s", v->warning);
    ft_pull_files_free(files, n);
}

static void show(struct progress *p, const struct ft_pull_view *v)
{
    double now_s = ft_now_s();
    if ((now_s - p->said_s) * 1000 < (p->terminal ? DRAW_EVERY_MS : PLAIN_EVERY_MS)) return;
    p->said_s = now_s;
    char line[512], done[32], all[32], rate[32], left[32] = "?";
    if (v->eta_s >= 0) ft_format_time(left, sizeof left, v->eta_s);
    if (v->phase == FT_PULL_DOWNLOADING)
        snprintf(line, sizeof line, "%s of %s, %s/s, %s left  %s",
                 ft_format_bytes(done, sizeof done, (double)v->bytes_done),
                 ft_format_bytes(all, sizeof all, (double)v->bytes),
                 ft_format_bytes(rate, sizeof rate, v->rate_bytes_s), left, v->doing);
    else
        snprintf(line, sizeof line, "%s", v->doing);
    if (p->terminal)
        fprintf(stderr, "\r\033[K%.*s", (int)ft_utf8_byte(line, strlen(line), 78), line),
            fflush(stderr);
    else if (*line)
        fprintf(stderr, "%s\n", line);
    p->drawn = p->terminal;
}

/* Until it ends; `v` is then the last view. */
static void watch(struct ft_pull *pull, struct ft_wake *wake, struct ft_pull_view *v)
{
    struct progress p = {.terminal = isatty(STDERR_FILENO), .said_s = ft_now_s()};
    bool told = false;
    for (ft_pull_look(pull, v); v->phase < FT_PULL_DONE; ft_pull_look(pull, v)) {
        struct pollfd fd = {.fd = wake->fd, .events = POLLIN};
        if (v->phase == FT_PULL_READY) {
            clear_line(&p);
            show_plan(pull, v);
            ft_pull_go(pull);
        }
        show(&p, v);
        poll(&fd, 1, 250);
        ft_wake_drain(wake);
        if (ft_stop_signal() && !told) {
            told = true;
            ft_pull_cancel(pull);
        }
    }
    clear_line(&p);
}

static void result_json(struct ft_pull *pull, const struct ft_pull_view *v, const char *folder,
                        struct ft_str *s)
{
    struct ft_pull_file *files;
    size_t n = ft_pull_files(pull, &files);
    ft_str_addc(s, '{');
    ft_json_put_text(s, "id", v->id);
    ft_json_put_text(s, "revision", v->commit);
    ft_json_put_bytes(s, "folder", folder);
    ft_json_add_key(s, "files");
    ft_str_addc(s, '[');
    for (size_t i = 0; i < n; i++) {
        ft_str_addz(s, i ? ",{" : "{");
        ft_json_put_text(s, "name", files[i].name);
        ft_str_addf(s, ",\"bytes\":%lld,\"fetched\":%s}", (long long)files[i].bytes,
                    files[i].fetched ? "true" : "false");
    }
    ft_str_addz(s, "]}\n");
    ft_pull_files_free(files, n);
}

int ft_cmd_pull(const struct ft_args *a)
{
    struct ft_wake wake;
    struct ft_pull_view v;
    struct ft_str s = {0};
    int rc;
    ft_wake_open(&wake);
    ft_stop_watch(&wake);
    struct ft_pull *pull = ft_pull_start(a->words[0], true, &wake);
    watch(pull, &wake, &v);
    if (v.phase == FT_PULL_FAILED) {
        rc = ft_command_fail(a, &v.err);
        if (v.err.code == FT_CANCELLED && ft_stop_signal()) rc = 128 + ft_stop_signal();
    } else {
        char *folder = ft_pull_folder(pull);
        if (ft_args_flag(a, "json"))
            result_json(pull, &v, folder, &s);
        else
            ft_str_addf(&s, "%s\n", folder);
        ft_command_print(a, &s);
        rc = ft_command_done();
        free(folder);
    }
    ft_pull_free(pull);
    ft_stop_unwatch();
    ft_wake_close(&wake);
    ft_str_release(&s);
    return rc;
}
