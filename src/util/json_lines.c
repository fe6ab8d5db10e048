/* Files of JSON values: see json_lines.h. */
#include "util/json_lines.h"

#include "util/fs.h"

#include <stdlib.h>
#include <unistd.h>

enum ft_status ft_json_lines(const char *path, ft_json_line_fn *take, void *arg, struct ft_err *err)
{
    int fd;
    size_t size, cap = 0, number = 0;
    enum ft_status st = ft_file_open(path, &fd, &size, err);
    if (st) return st;
    FILE *f = fdopen(fd, "r");
    if (!f) {
        close(fd);
        return ft_fail(err, FT_NOMEM, "%s: no memory to read it", path);
    }
    char *line = NULL;
    for (ssize_t n; !st && (n = getline(&line, &cap, f)) > 0;) {
        cJSON *value = NULL;
        ft_json_parse(line, (size_t)n, path, &value, err);
        st = take(arg, value, ++number, err);
        cJSON_Delete(value);
    }
    free(line);
    fclose(f);
    return st;
}
