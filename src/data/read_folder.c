/* A folder of texts: [part/]label/NAME.txt, the label being the folder's name and part one of
 * train, test, val, valid, validation, dev. Folders named unsup, unlabelled or unlabeled have no
 * labels. A folder with texts right inside it has rows without a label. Files go in order of their
 * names' bytes. */
#include "data/read.h"
#include "data/split.h"
#include "util/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT, LABEL, FILE_NAME, PART };

static bool is_text_name(const char *name)
{
    size_t n = strlen(name);
    return n > 4 && !strcasecmp(name + n - 4, ".txt") && name[0] != '.';
}

static bool is_unlabelled(const char *name)
{
    return !strcasecmp(name, "unsup") || !strcasecmp(name, "unlabelled") ||
           !strcasecmp(name, "unlabeled");
}

/* The bytes of one text file, which lie in the arena, as UTF-8. */
static enum ft_status as_utf8(struct ft_load *l, const uint8_t *p, size_t n, struct ft_text *out,
                              struct ft_err *err)
{
    enum ft_encoding found;
    size_t skip = ft_encoding_mark(p, n, l->opt->encoding, &found), whole, sequences;
    p += skip;
    n -= skip;
    if (l->opt->encoding == FT_ENCODING_AUTO && found == FT_ENCODING_UTF8 &&
        (ft_encoding_utf8_prefix(p, n, &whole, &sequences) < n || whole < n)) {
        struct ft_encoding_survey survey = {0};
        ft_encoding_survey_add(&survey, p, n, true);
        found = ft_encoding_survey_end(&survey);
    }
    *out = (struct ft_text){(const char *)p, n};
    if (ft_encoding_is_utf8(found)) return FT_OK;
    struct ft_encoding_coder *coder;
    enum ft_status st = ft_encoding_coder_new(&coder, found, err);
    if (st) return st;
    l->t->encoding = found;
    char *text = ft_arena_alloc(&l->t->arena, ft_encoding_room(n));
    *out = (struct ft_text){text, ft_encoding_convert(coder, p, n, true, text)};
    ft_encoding_coder_free(coder);
    return FT_OK;
}

/* One text into the arena. */
static enum ft_status read_one(struct ft_load *l, const char *path, struct ft_text *out,
                               struct ft_err *err)
{
    struct stat sb;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return ft_fail(err, FT_IO, "%s: %s", path, strerror(errno));
    if (fstat(fd, &sb) || !S_ISREG(sb.st_mode)) {
        close(fd);
        return ft_fail(err, FT_IO, "%s: not a plain file", path);
    }
    size_t size = sb.st_size > 0 ? (size_t)sb.st_size : 0, n = 0;
    int64_t room = ft_mem_available();
    if (room > 0 && size > (size_t)room / 20 * 17) {
        close(fd);
        char a[32], b[32];
        return ft_fail(err, FT_NOMEM, "%s: %s are needed, %s of memory are free", path,
                       ft_format_bytes(a, sizeof a, (double)size),
                       ft_format_bytes(b, sizeof b, (double)room));
    }
    char *buf = ft_arena_alloc(&l->t->arena, size ? size : 1);
    while (n < size) {
        ssize_t got = read(fd, buf + n, size - n);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            int why = errno;
            close(fd);
            return ft_fail(err, FT_IO, "%s: reading failed: %s", path, strerror(why));
        }
        if (!got) break;
        n += (size_t)got;
    }
    close(fd);
    l->bytes_done += n;
    return as_utf8(l, (uint8_t *)buf, n, out, err);
}

static enum ft_status add_file(struct ft_load *l, const char *root, const char *dir,
                               const char *name, struct ft_text label, enum ft_part part,
                               struct ft_err *err)
{
    char *path = ft_path_join(dir, name);
    struct ft_text text;
    enum ft_status st = read_one(l, path, &text, err);
    if (!st) {
        while (text.n && (text.data[text.n - 1] == '\n' || text.data[text.n - 1] == '\r'))
            text.n--;
        ft_load_cell(l, TEXT, text);
        ft_load_cell(l, LABEL, label);
        const char *rel = path + strlen(root);
        while (*rel == '/')
            rel++;
        size_t n = strlen(rel);
        ft_load_cell(l, FILE_NAME, (struct ft_text){ft_arena_strndup(&l->t->arena, rel, n), n});
        if (part != FT_PART_COUNT) {
            const char *p = ft_part_name(part);
            ft_load_cell(l, PART, (struct ft_text){p, strlen(p)});
        }
        l->t->files++;
        st = ft_load_row(l, (size_t)l->bytes_done, err);
    }
    free(path);
    return st;
}

/* `level` 0: the root; 1: a part or a label; 2: a label in a part. */
static enum ft_status walk(struct ft_load *l, const char *root, const char *dir, int level,
                           struct ft_text label, enum ft_part part, struct ft_err *err)
{
    char **names = NULL;
    size_t n = 0;
    enum ft_status st = ft_dir_list(dir, &names, &n, err);
    for (size_t i = 0; !st && i < n && !l->done; i++) {
        char *path = ft_path_join(dir, names[i]);
        if (ft_path_is_dir(path) && names[i][0] != '.') {
            enum ft_part p = level == 0 ? ft_part_parse(names[i], strlen(names[i])) : FT_PART_COUNT;
            size_t len = strlen(names[i]);
            struct ft_text own = {ft_arena_strndup(&l->t->arena, names[i], len), len};
            if (is_unlabelled(names[i])) own = (struct ft_text){NULL, 0};
            if (p != FT_PART_COUNT) {
                if (l->t->part_column < 0) {
                    st = ft_load_column(l, "part", 4, err);
                    l->t->part_column = PART;
                }
                if (!st) st = walk(l, root, path, 1, (struct ft_text){NULL, 0}, p, err);
            } else if (level < 2 && !label.data) {
                st = walk(l, root, path, 2, own, part, err);
            } else {
                l->t->files_skipped++;
            }
        } else if (is_text_name(names[i]) && ft_path_is_file(path)) {
            st = add_file(l, root, dir, names[i], label, part, err);
        } else {
            l->t->files_skipped++;
        }
        free(path);
    }
    ft_names_free(names, n);
    return st;
}

enum ft_status ft_read_folder(struct ft_load *l, struct ft_err *err)
{
    l->t->encoding = FT_ENCODING_UTF8;
    enum ft_status st = ft_load_column(l, "text", 4, err);
    if (!st) st = ft_load_column(l, "label", 5, err);
    if (!st) st = ft_load_column(l, "file", 4, err);
    if (!st) st = walk(l, l->path, l->path, 0, (struct ft_text){NULL, 0}, FT_PART_COUNT, err);
    if (!st && !l->rows)
        st = ft_fail(err, FT_FORMAT,
                     "%s: no texts in this folder; expected train/LABEL/*.txt or LABEL/*.txt",
                     l->path);
    return st;
}
