/* `fettle delete`: a run, a sweep, its members but the promoted ones, or one of them. */
#include "cli/args.h"
#include "cli/report.h"
#include "engine/runs/runs.h"
#include "engine/runs/sweep_change.h"
#include "util/fs.h"
#include "util/mem.h"
#include "util/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool agrees(const struct ft_args *a, const char *path, const char *question, int *rc)
{
    char answer[16] = "";
    *rc = 1;
    if (ft_args_flag(a, "yes")) return true;
    if (!isatty(STDIN_FILENO)) {
        *rc = ft_command_usage(a, "%s: use --yes to delete it", path);
        return false;
    }
    ft_command_say("%s [y/N]", question);
    if (fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y')) return true;
    fputs("kept\n", stderr);
    return false;
}

/* A sweep, its members but the promoted ones, or one member. */
static int delete_of_sweep(const struct ft_args *a, const char *dir, const char *member)
{
    struct ft_sweep s;
    struct ft_sweep_deleted plan;
    struct ft_err err = {0};
    char size[32];
    int rc = 0;
    enum ft_sweep_deletion what = member                    ? FT_SWEEP_DELETE_MEMBER
                                  : ft_args_flag(a, "rest") ? FT_SWEEP_DELETE_REST
                                                            : FT_SWEEP_DELETE_ALL;
    if (ft_sweep_read(&s, dir, &err)) return ft_command_fail(a, &err);
    enum ft_status st = ft_sweep_delete_plan(&s, what, member, &plan, &err);
    ft_sweep_release(&s);
    if (st) return ft_command_fail(a, &err);
    char *question = ft_xprintf(
        "delete %zu member%s of %s, %s, with their checkpoints and models%s?", plan.members,
        ft_plural(plan.members), dir, ft_format_bytes(size, sizeof size, (double)plan.bytes),
        what == FT_SWEEP_DELETE_ALL ? ", and the sweep itself" : "");
    bool yes = agrees(a, a->words[0], question, &rc);
    free(question);
    if (!yes) return rc;
    if (ft_sweep_delete(dir, what, member, &plan, &err)) return ft_command_fail(a, &err);
    ft_command_say("%s: %zu member%s deleted, %s%s", dir, plan.members, ft_plural(plan.members),
                   ft_format_bytes(size, sizeof size, (double)plan.bytes),
                   plan.left ? "; other files in the folder are kept" : "");
    return ft_command_done();
}

/* Whether it is the folder of the member, or of one of its runs: nothing inside of them. */
static bool is_of(const struct ft_sweep *s, const struct ft_sweep_member *m, const char *real)
{
    char *folder = ft_path_join(s->dir, m->name);
    bool is = !strcmp(folder, real);
    for (size_t k = 0; k < s->repeats && !is; k++)
        is = !strcmp(m->runs[k].path, real);
    free(folder);
    return is;
}

/* The name of the member whose folder, or run's folder, it is; NULL: none. free() both. */
static char *member_of(const char *path, char **dir)
{
    struct ft_sweep s;
    char *real = ft_path_real(path), *name = NULL;
    *dir = real ? ft_sweep_of(real) : NULL;
    if (*dir && !ft_sweep_read(&s, *dir, NULL)) {
        for (size_t i = 0; i < s.n && !name; i++)
            if (is_of(&s, &s.members[i], real)) name = ft_xstrdup(s.members[i].name);
        ft_sweep_release(&s);
    }
    free(real);
    return name;
}

int ft_cmd_delete(const struct ft_args *a)
{
    const char *path = a->words[0];
    struct ft_err err = {0};
    bool left = false;
    char *sweep = NULL;
    if (ft_sweep_is(path)) return delete_of_sweep(a, path, NULL);
    if (ft_args_flag(a, "rest"))
        return ft_command_usage(a, "%s: is not a sweep, which --rest is for", path);
    char *member = member_of(path, &sweep);
    if (member) {
        int rc = delete_of_sweep(a, sweep, member);
        free(sweep);
        free(member);
        return rc;
    }
    free(sweep);
    if (!ft_args_flag(a, "yes")) {
        struct ft_run r;
        if (ft_run_read(&r, path, &err)) return ft_command_fail(a, &err);
        ft_run_release(&r);
        int rc = 0;
        char *question = ft_xprintf("delete %s with its checkpoints and its model?", path);
        bool yes = agrees(a, path, question, &rc);
        free(question);
        if (!yes) return rc;
    }
    if (ft_run_delete(path, &left, &err)) return ft_command_fail(a, &err);
    ft_command_say("%s: deleted%s", path, left ? "; other files in the folder are kept" : "");
    return ft_command_done();
}
