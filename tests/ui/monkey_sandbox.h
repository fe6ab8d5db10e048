/* Where the monkey lives: a folder of its own with data, models and runs, which is its HOME, its
 * XDG folders and its working directory. Landlock, where the kernel has it, keeps the process and
 * its threads from changing any file outside: a monkey can type any path. It is offline: it can type
 * any model's id, too. */
#ifndef FT_TESTS_UI_MONKEY_SANDBOX_H
#define FT_TESTS_UI_MONKEY_SANDBOX_H

#include "util/fs.h"
#include "util/mem.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if __has_include(<linux/landlock.h>)
#include <linux/landlock.h>
#endif

static inline bool sandbox_put(const char *name, const char *text)
{
    struct ft_err err = {0};
    return ft_file_write(name, text, strlen(text), &err) == FT_OK;
}

/* A model folder of tests/reference under a name in the working directory. */
static inline bool sandbox_model(const char *net, const char *to)
{
    struct ft_err err = {0};
    char **names = NULL,
         *from = ft_xprintf("%s/tests/reference/nets/%s/model", FETTLE_SOURCE_DIR, net);
    size_t n = 0;
    bool good = !ft_mkdirs(to, &err) && !ft_dir_list(from, &names, &n, &err);
    for (size_t i = 0; good && i < n; i++) {
        char *a = ft_path_join(from, names[i]), *b = ft_path_join(to, names[i]);
        good = !ft_file_copy(a, b, &err);
        free(a);
        free(b);
    }
    ft_names_free(names, n);
    free(from);
    return good;
}

static inline bool sandbox_data(void)
{
    struct ft_str csv = {0}, rows = {0};
    static const char *const labels[] = {"good", "bad", "fine"};
    ft_str_addf(&csv, "text,label\n");
    for (int i = 0; i < 60; i++) {
        ft_str_addf(&csv, "\"the %s book %d, was due on the %dth\",%s\n", labels[i % 3], i, i % 28,
                    labels[i % 3]);
        ft_str_addf(&rows, "{\"text\":\"row %d \\u6f22\\u0000 \\ud83d\\ude00\",\"label\":%d}\n", i,
                    i % 2);
    }
    struct ft_err err = {0};
    bool good =
        sandbox_put("data.csv", ft_str_text(&csv)) &&
        sandbox_put("rows.jsonl", ft_str_text(&rows)) && sandbox_put("empty.csv", "") &&
        sandbox_put("bad.csv", "text,label\n\"open \x1b[31m\x9b,\xff\xfe,good\n,,,\n") &&
        sandbox_put("plain.txt", "one line\n\nanother line of the loan\n") &&
        sandbox_put("squad.json",
                    "{\"version\":\"v2.0\",\"data\":[{\"title\":\"t\",\"paragraphs\":[{"
                    "\"context\":\"the book is on the second floor\",\"qas\":[{\"id\":\"1\","
                    "\"question\":\"where is the book?\",\"answers\":[{\"text\":"
                    "\"second floor\",\"answer_start\":19}]},{\"id\":\"2\",\"question\":"
                    "\"who?\",\"answers\":[],\"is_impossible\":true}]}]}]}") &&
        !ft_mkdirs("texts/good", &err) && !ft_mkdirs("texts/bad", &err) &&
        sandbox_put("texts/good/1.txt", "a fine book") &&
        sandbox_put("texts/bad/1.txt", "a dull book");
    ft_str_release(&csv);
    ft_str_release(&rows);
    return good && sandbox_model("bert-classify", "model") &&
           sandbox_model("bert-qa", "model-qa") && sandbox_model("gpt2-clm", "model-clm");
}

/* From here on this process changes no file outside `folder`, terminals and /dev/null apart. false:
 * the kernel can't. */
static inline bool sandbox_lock(const char *folder)
{
#ifdef LANDLOCK_CREATE_RULESET_VERSION
    const uint64_t truncate_file = 1u << 14; /* of version 3; older headers lack the name */
    const uint64_t change =
        (truncate_file << 1) - 1 -
        (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR);
    struct landlock_ruleset_attr rules = {.handled_access_fs = change};
    long fd = syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0);
    if (fd < 0) return false;
    bool good = true;
    const struct {
        const char *path;
        uint64_t may;
    } places[] = {{folder, change}, {"/dev", LANDLOCK_ACCESS_FS_WRITE_FILE | truncate_file}};
    for (size_t i = 0; good && i < sizeof places / sizeof *places; i++) {
        struct landlock_path_beneath_attr rule = {
            .allowed_access = places[i].may, .parent_fd = open(places[i].path, O_PATH | O_CLOEXEC)};
        good = rule.parent_fd >= 0 &&
               !syscall(SYS_landlock_add_rule, (int)fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
        if (rule.parent_fd >= 0) close(rule.parent_fd);
    }
    good = good && !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
           !syscall(SYS_landlock_restrict_self, (int)fd, 0);
    close((int)fd);
    return good;
#else
    (void)folder;
    return false;
#endif
}

/* Goes into the folder for good. *locked: what sandbox_lock said (NULL: not
 * called). false: it can't be filled. */
static inline bool sandbox_enter(const char *folder, bool *locked)
{
    static const char *const homes[] = {"HOME",           "XDG_STATE_HOME", "XDG_CONFIG_HOME",
                                        "XDG_CACHE_HOME", "XDG_DATA_HOME",  "TMPDIR",
                                        "HF_HOME",        "HF_HUB_CACHE",   "FETTLE_ASSETS"};
    struct rlimit files = {1u << 28, 1u << 28};
    for (size_t i = 0; i < sizeof homes / sizeof *homes; i++)
        setenv(homes[i], folder, 1);
    setenv("HF_HUB_OFFLINE", "1", 1);
    setrlimit(RLIMIT_FSIZE, &files);
    if (chdir(folder) || !sandbox_data()) return false;
    if (locked) *locked = sandbox_lock(folder);
    return true;
}

#endif
