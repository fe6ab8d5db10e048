/* Plays back what inject.c recorded, up to a cut, and writes the folder as a disk could have it
 * after the power failed there.
 *
 *     power_cut TRACE BASE count              prints the number of records
 *     power_cut TRACE BASE CUT SEED OUT       the state after CUT records, into the new folder OUT
 *
 * BASE is the folder as it was before the recording, all of it on disk ("-": empty). The model of a
 * disk: a file's content is what it was at its last sync; later writes and truncations may each
 * have arrived or not. A folder's names are what they were at its last sync; of the later changes
 * the first few may have arrived, in order, a rename as a whole. SEED 0: nothing arrived that was
 * not synced. 1: all names, no content. Others: at random. */
#include "trace.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct bytes {
    unsigned char *data;
    size_t n;
};
struct change { /* of a file: n bytes at `at`, or its length (data NULL) */
    size_t at, n;
    unsigned char *data;
};
struct entry {
    char *name;
    struct node *node; /* NULL in a change: the name goes */
};
struct names {
    struct entry *items;
    size_t n;
};
struct node {
    bool is_dir;
    struct bytes disk;      /* a file's content */
    struct change *changes; /* since */
    size_t changes_n;
    struct names now, names; /* a folder's, and those on disk */
    struct entry (*ops)[2];  /* since; the second one's name may be NULL */
    size_t ops_n;
};
struct file {
    uint64_t ino;
    struct node *node;
};

static struct node *root;
static struct file *files;
static size_t files_n;
static uint64_t random_state;

static void fail(const char *what, const char *name)
{
    fprintf(stderr, "power_cut: %s %s\n", what, name);
    exit(2);
}

static void *grow(void *p, size_t n, size_t size)
{
    if (n & (n - 1) && n) return p; /* doubles at powers of two */
    p = realloc(p, (n ? 2 * n : 1) * size);
    if (!p) fail("out of memory", "");
    return p;
}

static bool chance(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return random_state >> 63;
}

static struct node *new_node(bool is_dir)
{
    struct node *x = calloc(1, sizeof *x);
    if (!x) fail("out of memory", "");
    x->is_dir = is_dir;
    return x;
}

/* --- names --- */

static struct node *get(const struct names *names, const char *name)
{
    for (size_t i = 0; i < names->n; i++)
        if (!strcmp(names->items[i].name, name)) return names->items[i].node;
    return NULL;
}

static void set(struct names *names, const char *name, struct node *node)
{
    size_t i = 0;
    while (i < names->n && strcmp(names->items[i].name, name))
        i++;
    if (!node) {
        if (i < names->n) names->items[i] = names->items[--names->n];
        return;
    }
    if (i == names->n) {
        names->items = grow(names->items, names->n, sizeof *names->items);
        names->items[names->n++].name = strdup(name);
    }
    names->items[i].node = node;
}

static void apply(struct names *names, const struct entry op[2])
{
    for (int k = 0; k < 2; k++)
        if (op[k].name) set(names, op[k].name, op[k].node);
}

/* The folder that `path` lies in, and its last part. */
static struct node *parent_of(const char *path, const char **last)
{
    struct node *at = root;
    for (const char *p = path;;) {
        const char *slash = strchr(p, '/');
        if (!slash) {
            *last = p;
            return at;
        }
        char *part = strndup(p, (size_t)(slash - p));
        if (*part) at = get(&at->now, part);
        free(part);
        if (!at) fail("no folder for", path);
        p = slash + 1;
    }
}

static struct node *look(const char *path)
{
    const char *last;
    if (!strcmp(path, ".")) return root;
    struct node *dir = parent_of(path, &last);
    return get(&dir->now, last);
}

static void change_names(struct node *dir, const char *a, struct node *a_node, const char *b,
                         struct node *b_node)
{
    struct entry op[2] = {{strdup(a), a_node}, {b ? strdup(b) : NULL, b_node}};
    dir->ops = grow(dir->ops, dir->ops_n, sizeof *dir->ops);
    memcpy(dir->ops[dir->ops_n++], op, sizeof op);
    apply(&dir->now, op);
}

static void move(const char *a, const char *b, bool exchange)
{
    const char *a_last, *b_last;
    struct node *from = parent_of(a, &a_last), *to = parent_of(b, &b_last);
    struct node *x = get(&from->now, a_last), *y = exchange ? get(&to->now, b_last) : NULL;
    if (!x) fail("nothing to rename at", a);
    if (from == to) {
        change_names(from, a_last, y, b_last, x);
        return;
    }
    change_names(to, b_last, x, NULL, NULL);
    change_names(from, a_last, y, NULL, NULL);
}

/* --- content --- */

static void resize(struct bytes *b, size_t n)
{
    if (n > b->n) {
        b->data = realloc(b->data, n);
        if (!b->data) fail("out of memory", "");
        memset(b->data + b->n, 0, n - b->n);
    }
    b->n = n;
}

static void take(struct bytes *b, const struct change *c)
{
    if (!c->data) {
        resize(b, c->at);
        return;
    }
    if (c->at + c->n > b->n) resize(b, c->at + c->n);
    memcpy(b->data + c->at, c->data, c->n);
}

static void add_change(struct node *x, size_t at, unsigned char *data, size_t n)
{
    x->changes = grow(x->changes, x->changes_n, sizeof *x->changes);
    x->changes[x->changes_n++] = (struct change){at, n, data};
}

static struct node *file_of(uint64_t ino)
{
    for (size_t i = files_n; i-- > 0;)
        if (files[i].ino == ino) return files[i].node;
    fprintf(stderr, "power_cut: no file %llu\n", (unsigned long long)ino);
    exit(2);
}

static void opened(uint64_t ino, const char *path, bool empty)
{
    const char *last;
    struct node *dir = parent_of(path, &last), *x = get(&dir->now, last);
    if (!x) {
        x = new_node(false);
        change_names(dir, last, x, NULL, NULL);
    } else if (empty) {
        add_change(x, 0, NULL, 0);
    }
    files = grow(files, files_n, sizeof *files);
    files[files_n++] = (struct file){ino, x};
}

static void sync_file(struct node *x)
{
    for (size_t i = 0; i < x->changes_n; i++)
        take(&x->disk, &x->changes[i]);
    x->changes_n = 0;
    x->changes = NULL;
}

static void sync_names(struct node *x)
{
    for (size_t i = 0; i < x->ops_n; i++)
        apply(&x->names, x->ops[i]);
    x->ops_n = 0;
    x->ops = NULL;
}

/* --- the record, the folder before it, the one after the cut --- */

static char *read_name(FILE *f, size_t n)
{
    char *s = calloc(1, n + 1);
    if (!s || fread(s, 1, n, f) != n) fail("the record ends inside a name", "");
    return s;
}

static void play(const struct trace_head *h, const char *a, const char *b, unsigned char *data)
{
    const char *last;
    struct node *x;
    switch (h->type) {
    case TRACE_OPEN:
        opened(h->ino, a, false);
        break;
    case TRACE_OPEN_EMPTY:
        opened(h->ino, a, true);
        break;
    case TRACE_WRITE:
        add_change(file_of(h->ino), (size_t)h->offset, data, (size_t)h->n);
        break;
    case TRACE_TRUNCATE:
        add_change(file_of(h->ino), (size_t)h->offset, NULL, 0);
        break;
    case TRACE_SYNC:
        sync_file(file_of(h->ino));
        break;
    case TRACE_SYNC_DIR:
        if ((x = look(a))) sync_names(x);
        break;
    case TRACE_MKDIR:
        x = parent_of(a, &last);
        change_names(x, last, new_node(true), NULL, NULL);
        break;
    case TRACE_RENAME:
        move(a, b, false);
        break;
    case TRACE_EXCHANGE:
        move(a, b, true);
        break;
    case TRACE_UNLINK:
        x = parent_of(a, &last);
        change_names(x, last, NULL, NULL, NULL);
        break;
    default:
        fail("an unknown record", "");
    }
}

static size_t replay(const char *path, size_t cut)
{
    FILE *f = fopen(path, "rb");
    struct trace_head h;
    size_t count = 0;
    if (!f) fail("cannot open", path);
    for (; count < cut && fread(&h, 1, sizeof h, f) == sizeof h; count++) {
        char *a = read_name(f, h.a_n), *b = read_name(f, h.b_n);
        unsigned char *data = NULL;
        if (h.type == TRACE_WRITE) data = (unsigned char *)read_name(f, (size_t)h.n);
        play(&h, a, b, data);
        free(a);
        free(b);
    }
    fclose(f);
    return count;
}

static void load(struct node *x, const char *path)
{
    DIR *d = opendir(path);
    if (!d) fail("cannot list", path);
    for (struct dirent *e; (e = readdir(d));) {
        char inner[4096];
        struct stat sb;
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..")) continue;
        snprintf(inner, sizeof inner, "%s/%s", path, e->d_name);
        if (stat(inner, &sb)) fail("cannot look at", inner);
        struct node *y = new_node(S_ISDIR(sb.st_mode));
        if (y->is_dir) {
            load(y, inner);
        } else {
            FILE *f = fopen(inner, "rb");
            resize(&y->disk, (size_t)sb.st_size);
            if (!f || fread(y->disk.data, 1, y->disk.n, f) != y->disk.n) fail("cannot read", inner);
            fclose(f);
        }
        set(&x->now, e->d_name, y);
        set(&x->names, e->d_name, y);
    }
    closedir(d);
}

static void write_out(struct node *x, const char *path, unsigned seed)
{
    if (!x->is_dir) {
        for (size_t i = 0; seed > 1 && i < x->changes_n; i++)
            if (chance()) take(&x->disk, &x->changes[i]);
        FILE *f = fopen(path, "wb");
        if (!f || fwrite(x->disk.data, 1, x->disk.n, f) != x->disk.n || fclose(f))
            fail("cannot write", path);
        return;
    }
    if (mkdir(path, 0777)) fail("cannot make", path);
    for (size_t i = 0; seed && i < x->ops_n && (seed == 1 || chance() || chance()); i++)
        apply(&x->names, x->ops[i]);
    for (size_t i = 0; i < x->names.n; i++) {
        char inner[4096];
        snprintf(inner, sizeof inner, "%s/%s", path, x->names.items[i].name);
        write_out(x->names.items[i].node, inner, seed);
    }
}

int main(int argc, char **argv)
{
    if (argc != 4 && argc != 6) {
        fprintf(stderr, "usage: power_cut TRACE BASE count | CUT SEED OUT\n");
        return 2;
    }
    root = new_node(true);
    if (strcmp(argv[2], "-")) load(root, argv[2]);
    if (argc == 4) {
        printf("%zu\n", replay(argv[1], SIZE_MAX));
        return 0;
    }
    unsigned seed = (unsigned)strtoul(argv[4], NULL, 10);
    random_state = seed * 0x9E3779B97F4A7C15u + strtoul(argv[3], NULL, 10);
    replay(argv[1], strtoul(argv[3], NULL, 10));
    write_out(root, argv[5], seed);
    return 0;
}
