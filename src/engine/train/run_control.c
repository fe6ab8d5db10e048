/* Requests to a run in another process: see run_control.h. A file's name is a time and a pid, so
 * that names ascend in the order of the requests and no two are the same. */
#include "engine/train/run_control.h"

#include "util/fs.h"
#include "util/json.h"
#include "util/log.h"
#include "util/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { REQUEST_BYTES_MAX = 4096 };
static const char folder_name[] = ".control", ending[] = ".json";

static const char *const names[FT_RUN_REQUEST_COUNT] = {"pause", "continue", "stop", "discard",
                                                        "save",  "evaluate", "set"};

const char *ft_run_request_name(enum ft_run_request_kind kind)
{
    return names[kind];
}

/* --- what a request may be --- */

enum ft_status ft_run_request_check(const struct ft_run_request *r, struct ft_err *err)
{
    double x;
    if (r->kind != FT_RUN_REQUEST_SET) return FT_OK;
    const char *name = ft_option_at(r->option)->name;
    if (!ft_option_at(r->option)->live)
        return ft_fail(err, FT_USAGE, "%s cannot be changed during a run", name);
    if (r->option == FT_OPT_learning_rate && r->value[0] == 'x') {
        if (ft_parse_double(r->value + 1, &x) && x > 0 && x <= 1000) return FT_OK;
        return ft_fail(err, FT_USAGE, "learning_rate is %s, expected a factor such as x1.25",
                       r->value);
    }
    return ft_option_check(r->option, r->value, err);
}

static enum ft_status parse(const cJSON *tree, struct ft_run_request *r, const char *name,
                            struct ft_err *err)
{
    const char *kind = NULL, *option = NULL, *value = NULL;
    enum ft_status st = ft_json_str(tree, "request", &kind, name, err);
    if (!st) st = ft_json_str(tree, "option", &option, name, err);
    if (!st) st = ft_json_str(tree, "value", &value, name, err);
    if (st) return st;
    memset(r, 0, sizeof *r);
    r->kind = FT_RUN_REQUEST_COUNT;
    for (int i = 0; kind && i < FT_RUN_REQUEST_COUNT; i++)
        if (!strcmp(kind, names[i])) r->kind = (enum ft_run_request_kind)i;
    if (r->kind == FT_RUN_REQUEST_COUNT)
        return ft_fail(err, FT_FORMAT, "%s: request %s is unknown", name, kind ? kind : "(none)");
    if (r->kind != FT_RUN_REQUEST_SET) return FT_OK;
    int id = option ? ft_option_find(option) : -1;
    if (id < 0) return ft_fail(err, FT_FORMAT, "%s: no such option", name);
    if (!value || strlen(value) >= sizeof r->value)
        return ft_fail(err, FT_FORMAT, "%s: %s has no value, or one that is too long", name,
                       option);
    r->option = (enum ft_opt)id;
    snprintf(r->value, sizeof r->value, "%s", value);
    return ft_run_request_check(r, err);
}

/* --- the folder --- */

/* Ours, and nobody else may write to it. */
static bool is_private(const struct stat *sb)
{
    return sb->st_uid == geteuid() && !(sb->st_mode & (S_IWGRP | S_IWOTH));
}

static bool open_folder(const char *dir, int *fd)
{
    struct stat sb;
    char *path = ft_path_join(dir, folder_name);
    *fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    free(path);
    if (*fd < 0) return false;
    if (!fstat(*fd, &sb) && is_private(&sb)) return true;
    close(*fd);
    *fd = -1;
    return false;
}

void ft_run_control_clear(const char *dir)
{
    char *path = ft_path_join(dir, folder_name);
    struct stat sb;
    if (!lstat(path, &sb)) ft_remove_tree(path, NULL);
    free(path);
}

/* --- sending --- */

static enum ft_status check_run(const char *dir, struct ft_err *err)
{
    struct stat sb;
    char *lock = ft_path_join(dir, ".lock");
    enum ft_status st = FT_OK;
    if (!ft_lock_holder(lock))
        st = ft_fail(err, FT_NOTFOUND, "%s: no process is training this run", dir);
    else if (stat(lock, &sb) || sb.st_uid != geteuid())
        st = ft_fail(err, FT_UNSUPPORTED,
                     "%s: is another user's run, which only that user can control", dir);
    free(lock);
    return st;
}

static enum ft_status write_request(int folder, const char *name, const struct ft_str *text,
                                    const char *dir, struct ft_err *err)
{
    char tmp[128];
    snprintf(tmp, sizeof tmp, ".%s", name);
    int fd = openat(folder, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool ok = fd >= 0 && write(fd, text->data, text->len) == (ssize_t)text->len;
    if (fd >= 0 && close(fd)) ok = false;
    if (ok && !renameat(folder, tmp, folder, name)) return FT_OK;
    int why = errno;
    if (fd >= 0) unlinkat(folder, tmp, 0);
    return ft_fail(err, FT_IO, "%s/%s: cannot be written: %s", dir, folder_name, strerror(why));
}

enum ft_status ft_run_control_send(const char *dir, const struct ft_run_request *r,
                                   struct ft_err *err)
{
    static atomic_uint count;
    struct ft_str text = {0};
    struct timespec now;
    char name[96];
    int folder = -1;
    enum ft_status st = ft_run_request_check(r, err);
    if (!st) st = check_run(dir, err);
    if (st) return st;
    char *path = ft_path_join(dir, folder_name);
    if (mkdir(path, 0700) && errno != EEXIST)
        st = ft_fail(err, FT_IO, "%s: cannot be made: %s", path, strerror(errno));
    else if (!open_folder(dir, &folder))
        st = ft_fail(err, FT_IO, "%s: is not a folder that only you can write to: remove it", path);
    if (!st) {
        clock_gettime(CLOCK_REALTIME, &now);
        snprintf(name, sizeof name, "%020lld.%09ld-%ld-%06u%s", (long long)now.tv_sec, now.tv_nsec,
                 (long)getpid(), atomic_fetch_add(&count, 1u) % 1000000u, ending);
        ft_str_addc(&text, '{');
        ft_json_put_text(&text, "request", names[r->kind]);
        if (r->kind == FT_RUN_REQUEST_SET) {
            ft_json_put_text(&text, "option", ft_option_at(r->option)->name);
            ft_json_put_text(&text, "value", r->value);
        }
        ft_str_addz(&text, "}\n");
        st = write_request(folder, name, &text, dir, err);
        close(folder);
    }
    ft_str_release(&text);
    free(path);
    return st;
}

/* --- taking --- */

static enum ft_status read_request(int folder, const char *name, struct ft_run_request *r,
                                   struct ft_err *err)
{
    struct stat sb;
    char buf[REQUEST_BYTES_MAX];
    cJSON *tree = NULL;
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return ft_fail(err, FT_IO, "%s: cannot be read: %s", name, strerror(errno));
    enum ft_status st = FT_OK;
    ssize_t n = -1;
    if (fstat(fd, &sb) || !S_ISREG(sb.st_mode) || !is_private(&sb) ||
        sb.st_size >= (off_t)sizeof buf)
        st = ft_fail(err, FT_FORMAT, "%s: is not a request of this user", name);
    else if ((n = read(fd, buf, sizeof buf)) < 0)
        st = ft_fail(err, FT_IO, "%s: cannot be read: %s", name, strerror(errno));
    close(fd);
    if (!st) st = ft_json_parse(buf, (size_t)n, name, &tree, err);
    if (!st) st = parse(tree, r, name, err);
    cJSON_Delete(tree);
    return st;
}

static bool remove_entry(int folder, const char *name)
{
    return !unlinkat(folder, name, 0) || !unlinkat(folder, name, AT_REMOVEDIR);
}

bool ft_run_control_take(const char *dir, struct ft_run_request *r)
{
    int folder;
    char **list = NULL;
    size_t n = 0;
    bool taken = false;
    if (!open_folder(dir, &folder)) return false;
    char *path = ft_path_join(dir, folder_name);
    if (ft_dir_list(path, &list, &n, NULL)) n = 0;
    for (size_t i = 0; i < n && !taken; i++) {
        struct ft_err err = {0};
        if (list[i][0] == '.' || !ft_ends_with(list[i], strlen(list[i]), ending)) continue;
        taken = !read_request(folder, list[i], r, &err);
        if (!taken) ft_log(FT_LOG_WARN, "request ignored: %s", err.msg);
        if (remove_entry(folder, list[i])) continue;
        static atomic_flag warned = ATOMIC_FLAG_INIT;
        if (!atomic_flag_test_and_set(&warned))
            ft_log(FT_LOG_WARN, "%s/%s: cannot be removed: requests are ignored", path, list[i]);
        taken = false; /* it would be taken again and again */
        break;
    }
    ft_names_free(list, n);
    close(folder);
    free(path);
    return taken;
}
