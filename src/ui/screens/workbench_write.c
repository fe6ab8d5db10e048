/* Writing what a screen shows to a file that may be there already. */
#include "ui/screens/workbench.h"

#include "util/fs.h"
#include "util/mem.h"

#include <stdlib.h>

static bool answer(void *arg, const struct ft_key *k)
{
    struct ft_workbench *w = arg;
    if (!ft_key_is(k, 'y')) return false;
    char *path = w->replacing.path;
    w->replacing.path = NULL;
    w->replacing.write(w->replacing.arg, path);
    free(path);
    return true;
}

bool ft_workbench_write_to(struct ft_workbench *w, const char *path,
                           bool (*write)(void *arg, const char *path), void *arg)
{
    if (!*path) {
        ft_app_say(w->app, FT_SAY_ERROR, "type a file's name");
        return false;
    }
    if (ft_path_is_dir(path)) {
        ft_app_say(w->app, FT_SAY_ERROR, "%s is a folder; type a file's name", path);
        return false;
    }
    if (!ft_path_exists(path)) return write(arg, path);
    free(w->replacing.path);
    w->replacing.path = ft_xstrdup(path);
    w->replacing.write = write;
    w->replacing.arg = arg;
    char *text = ft_xprintf("%s already exists: y replaces it", path);
    ft_app_ask(w->app, text, "y replace  Esc keep it", answer, w);
    free(text);
    return true;
}
