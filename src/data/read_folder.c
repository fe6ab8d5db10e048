/* A folder of data: files train.*, validation.* (or valid, val, dev) and test.* in any format,
 * which are its parts; or texts, [part/]label/NAME.txt, the label being the folder's name and part
 * one of train, test, val, valid, validation, dev. Folders named unsup, unlabelled or unlabeled
 * have no labels. A folder with texts right inside it has rows without a label. Files go in order
 * of their names' bytes. */
#include "data/read_in.h"
#include "data/split.h"
#include "util/fs.h"
#include "util/str.h"

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
        return ft_fail(err, FT_NOMEM, "%s: needs %s of memory, but only %s are free", path,
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

/* ---- files of data ---- */

struct files {
    char **names;
    size_t n;                  /* of names: files of data */
    char *part[FT_PART_COUNT]; /* the file of a part; NULL: none */
    bool twice[FT_PART_COUNT]; /* several files for it, none of which is the plain one */
    struct ft_str unused;      /* other files of a part than the one that is read */
};

static void files_release(struct files *f)
{
    ft_names_free(f->names, f->n);
    for (size_t i = 0; i < FT_PART_COUNT; i++)
        free(f->part[i]);
    ft_str_release(&f->unused);
}

/* The part that a file's name tells: one of its words is "train", "dev".. */
static enum ft_part part_of_name(const char *name)
{
    enum ft_part found = FT_PART_COUNT;
    for (const char *p = name; *p;) {
        size_t n = strcspn(p, "._-");
        enum ft_part part = ft_part_parse(p, n);
        if (part != FT_PART_COUNT) {
            if (found != FT_PART_COUNT && found != part) return FT_PART_COUNT;
            found = part;
        }
        p += n;
        if (*p) p++;
    }
    return found;
}

/* Is it named just as its part, "test.csv" and not "test.de.csv"? */
static bool is_plain_name(const char *name)
{
    size_t n = strcspn(name, ".");
    const char *dot = name + n;
    if (ft_part_parse(name, n) == FT_PART_COUNT || !*dot) return false;
    size_t ending = strcspn(dot + 1, ".");
    const char *more = dot + 1 + ending;
    return !*more || !strcasecmp(more, ".gz") || !strcasecmp(more, ".xz");
}

static const char *ending_of(const char *name)
{
    return strchr(name, '.') ? strchr(name, '.') : "";
}

/* Of several files for a part the one with the plain name is read, in the format of the training file
 * where there are several of those, too. */
static void choose(const struct ft_load *l, struct files *f, enum ft_part part, const char *train)
{
    const char *found = NULL;
    size_t plain = 0, same = 0;
    for (size_t i = 0; i < f->n; i++) {
        const char *name = f->names[i];
        if (part_of_name(name) != part || !is_plain_name(name)) continue;
        bool like = train && !strcasecmp(ending_of(name), ending_of(train));
        plain++;
        same += like;
        if (!found || like) found = name;
    }
    if (plain != 1 && same != 1) return;
    f->twice[part] = false;
    free(f->part[part]);
    f->part[part] = ft_path_join(l->path, found);
    for (size_t i = 0; i < f->n; i++)
        if (part_of_name(f->names[i]) == part && f->names[i] != found)
            ft_str_addf(&f->unused, "%s%s", f->unused.len ? ", " : "", f->names[i]);
}

/* What lies right in the folder: tables, and texts that are named as parts. */
static enum ft_status look(struct ft_load *l, struct files *f, struct ft_err *err)
{
    char **names = NULL;
    size_t n = 0, kept = 0;
    enum ft_status st = ft_dir_list(l->path, &names, &n, err);
    for (size_t i = 0; i < n; i++) {
        char *path = ft_path_join(l->path, names[i]);
        enum ft_part part = part_of_name(names[i]);
        bool table = ft_format_is_data(names[i]) && names[i][0] != '.' && ft_path_is_file(path);
        bool use = table && (!is_text_name(names[i]) || part != FT_PART_COUNT);
        if (use && part != FT_PART_COUNT) {
            f->twice[part] = f->part[part] != NULL;
            if (!f->part[part]) f->part[part] = ft_xstrdup(path);
        }
        free(path);
        if (use)
            names[kept++] = names[i];
        else
            free(names[i]);
    }
    f->names = names;
    f->n = kept;
    if (f->twice[FT_PART_TRAIN]) choose(l, f, FT_PART_TRAIN, NULL);
    const char *train = f->part[FT_PART_TRAIN] ? ft_path_base(f->part[FT_PART_TRAIN]) : NULL;
    for (size_t p = 0; p < FT_PART_COUNT; p++)
        if (p != FT_PART_TRAIN && f->twice[p]) choose(l, f, (enum ft_part)p, train);
    return st;
}

static enum ft_status fail_mixed(const struct ft_load *l, const struct files *f, const char *why,
                                 struct ft_err *err)
{
    struct ft_str list = {0};
    for (size_t i = 0; i < f->n && i < 6; i++)
        ft_str_addf(&list, "%s%s", i ? ", " : "", f->names[i]);
    enum ft_status st = ft_fail(err, FT_FORMAT,
                                "%s: %s (%s%s); give one of the files, or a folder with files "
                                "named train, validation and test",
                                l->path, why, ft_str_text(&list), f->n > 6 ? ", .." : "");
    ft_str_release(&list);
    return st;
}

/* Rows of another table, columns by their names. */
static enum ft_status copy_rows(struct ft_load *l, const struct ft_table *from, enum ft_part part,
                                struct ft_err *err)
{
    enum ft_status st = FT_OK;
    size_t cols = ft_table_columns(from);
    size_t *to = ft_xcalloc(cols, sizeof *to);
    const char *name = ft_part_name(part);
    for (size_t c = 0; c < cols && !st; c++) {
        int at = ft_table_find(l->t, ft_table_name(from, c));
        if (at == 0) at = -1; /* the parts' own column */
        to[c] = at < 0 ? ft_table_columns(l->t) : (size_t)at;
        if (at < 0)
            st = ft_load_column(l, ft_table_name(from, c), strlen(ft_table_name(from, c)), err);
    }
    for (size_t r = 0; r < ft_table_rows(from) && !st && !l->done; r++) {
        ft_load_cell(l, 0, (struct ft_text){name, strlen(name)});
        for (size_t c = 0; c < cols; c++)
            ft_load_cell(l, to[c], ft_table_cell(from, r, c));
        st = ft_load_row(l, (size_t)l->bytes_done, err);
    }
    free(to);
    return st;
}

/* The files of the parts, where there are any: the table keeps them, since its cells are theirs. */
static enum ft_status take_files(struct ft_load *l, const struct files *f, bool *taken,
                                 struct ft_err *err)
{
    bool any = f->part[FT_PART_TRAIN] || f->part[FT_PART_VALIDATION] || f->part[FT_PART_TEST];
    for (size_t p = 0; p < FT_PART_COUNT; p++)
        if (f->twice[p]) return fail_mixed(l, f, "several files for one split", err);
    if (!any) return fail_mixed(l, f, "a folder of data files", err);
    *taken = true;
    enum ft_status st = ft_load_column(l, "part", 4, err);
    struct ft_read_opt opt = *l->opt;
    opt.format = FT_FORMAT_AUTO;
    opt.progress = NULL;
    l->t->part_column = 0;
    l->t->parts = ft_xcalloc(FT_PART_COUNT, sizeof *l->t->parts);
    for (size_t p = 0; p < FT_PART_COUNT && !st && !l->done; p++) {
        if (!f->part[p]) continue;
        enum ft_format format;
        struct ft_table *t = &l->t->parts[p];
        st = ft_format_sniff(f->part[p], &opt, &format, err);
        if (!st && format == FT_FORMAT_SQUAD)
            return ft_fail(err, FT_USAGE,
                           "%s: question answering data in a folder; give the files with --data, "
                           "--validation and --test",
                           f->part[p]);
        if (!st) st = ft_table_read(t, f->part[p], &opt, err);
        if (!st) st = copy_rows(l, t, (enum ft_part)p, err);
        for (size_t k = 0; !st && k < FT_NOTE_COUNT; k++)
            if (t->notes[k].rows)
                ft_load_say(l, "%s: %zu row%s: %s", ft_path_base(f->part[p]), t->notes[k].rows,
                            ft_plural(t->notes[k].rows), ft_note_text((enum ft_note_kind)k));
        if (!st && t->said) ft_load_say(l, "%s: %s", ft_path_base(f->part[p]), t->said);
        l->t->files++;
    }
    if (!st && !l->rows) return ft_fail(err, FT_FORMAT, "%s: no rows in its files", l->path);
    if (!st && f->unused.len)
        ft_load_say(l, "not read: %s, whose names are not those of splits alone",
                    ft_str_text(&f->unused));
    return st;
}

static bool is_squad(const char *path)
{
    struct ft_read_opt opt = {0};
    enum ft_format format;
    return path && !ft_format_sniff(path, &opt, &format, NULL) && format == FT_FORMAT_SQUAD;
}

bool ft_folder_files(const char *path, char *part[FT_PART_COUNT])
{
    struct ft_load l = {.path = path};
    struct files f = {0};
    bool found = false, twice = false;
    memset(part, 0, FT_PART_COUNT * sizeof *part);
    if (!ft_path_is_dir(path)) return false;
    if (!look(&l, &f, NULL)) {
        for (size_t p = 0; p < FT_PART_COUNT; p++)
            twice |= f.twice[p];
        if (f.n == 1) {
            part[FT_PART_TRAIN] = ft_path_join(path, f.names[0]);
            found = true;
        } else if (!twice && is_squad(f.part[FT_PART_TRAIN])) {
            memcpy(part, f.part, FT_PART_COUNT * sizeof *part);
            memset(f.part, 0, sizeof f.part);
            found = true;
        }
    }
    files_release(&f);
    return found;
}

enum ft_status ft_read_folder(struct ft_load *l, struct ft_err *err)
{
    struct files f = {0};
    bool taken = false;
    l->t->encoding = FT_ENCODING_UTF8;
    enum ft_status st = look(l, &f, err);
    if (!st && f.n) st = take_files(l, &f, &taken, err);
    files_release(&f);
    if (st || taken) return st;
    st = ft_load_column(l, "text", 4, err);
    if (!st) st = ft_load_column(l, "label", 5, err);
    if (!st) st = ft_load_column(l, "file", 4, err);
    if (!st) st = walk(l, l->path, l->path, 0, (struct ft_text){NULL, 0}, FT_PART_COUNT, err);
    if (!st && !l->rows)
        st = ft_fail(err, FT_FORMAT,
                     "%s: no texts in this folder; expected train/LABEL/*.txt or LABEL/*.txt, or "
                     "files train.csv, validation.csv, test.csv",
                     l->path);
    return st;
}
