/* Any tree of files as a folder of data, and as a folder of runs and models: no crash; cells are
 * UTF-8; a refusal says why. The input is pieces that end at 0 bytes: a path, its content, a path..
 * Bytes of a path choose words and separators, so that a tree is found that a reader looks into. */
#include "data/unicode.h"
#include "data/read.h"
#include "data/table.h"
#include "engine/model/models.h"
#include "engine/runs/runs.h"
#include "fuzz_files.h"

#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILES_MAX = 12, PATH_BYTES = 8 };

static const char *const names[] = {"train",
                                    "test",
                                    "dev",
                                    "validation",
                                    "pos",
                                    "neg",
                                    "unsup",
                                    "1.txt",
                                    "2.TXT",
                                    ".txt",
                                    "train.csv",
                                    "test.jsonl",
                                    "valid.json",
                                    "a.csv.gz",
                                    "model.safetensors",
                                    "config.json",
                                    "vocab.txt",
                                    "tokenizer.json",
                                    "run.json",
                                    "metrics.jsonl",
                                    "checkpoint-3",
                                    "model",
                                    "checkpoint-99999999999999999999",
                                    "trainer_state.json",
                                    "-x",
                                    "\xff\xfe",
                                    "\xe6\xbc\xa2",
                                    " "};

/* A path of at most four parts below the tree. A byte of 0xF0 or more makes a folder, a link or a
 * pipe of the last part. */
static void make(const uint8_t *path, size_t path_n, const uint8_t *text, size_t n)
{
    char full[512];
    size_t at = (size_t)snprintf(full, sizeof full, "%s", fuzz_path("tree"));
    int kind = 0;
    for (size_t i = 0; i < path_n && i < PATH_BYTES && at < 300; i++) {
        if (path[i] >= 0xF0) {
            kind = path[i];
            continue;
        }
        mkdir(full, 0700);
        at += (size_t)snprintf(full + at, sizeof full - at, "/%s",
                               names[path[i] % (sizeof names / sizeof *names)]);
        if (i == 3) break;
    }
    if (kind == 0xF0)
        mkdir(full, 0700);
    else if (kind == 0xF1)
        (void)!symlink(n % 2 ? "." : "nowhere", full);
    else if (kind == 0xF2)
        mkfifo(full, 0600);
    else {
        FILE *f = fopen(full, "wbe");
        if (f && fwrite(text, 1, n, f) != n) abort();
        if (f) fclose(f);
    }
}

static void read_data(void)
{
    struct ft_table t = {0};
    struct ft_read_opt opt = {0};
    struct ft_err err = {0};
    if (ft_table_read(&t, fuzz_path("tree"), &opt, &err) && !err.msg[0]) abort();
    for (size_t r = 0; r < ft_table_rows(&t); r++)
        for (size_t c = 0; c < ft_table_columns(&t); c++) {
            struct ft_text s = ft_table_cell(&t, r, c);
            if (s.n && !ft_uni_valid(s.data, s.n)) abort();
        }
    ft_table_release(&t);
}

static void take(void *arg, struct ft_model_entry *e)
{
    (void)arg;
    ft_model_entry_release(e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ft_err err = {0};
    fuzz_path("");
    setenv("HOME", fuzz_dir, 1);
    setenv("HF_HUB_CACHE", fuzz_path("tree"), 1);
    setenv("XDG_STATE_HOME", fuzz_path("state"), 1);
    mkdir(fuzz_path("tree"), 0700);
    for (int i = 0; i < FILES_MAX && size; i++) {
        size_t path_n, text_n;
        const uint8_t *path = fuzz_piece(&data, &size, &path_n);
        const uint8_t *text = fuzz_piece(&data, &size, &text_n);
        make(path, path_n, text, text_n);
    }
    read_data();
    struct ft_models_from from = {.runs = fuzz_path("tree"), .runs_each = ft_runs_each};
    if (ft_models_each(&from, NULL, take, NULL, &err) && !err.msg[0]) abort();
    if (ft_remove_tree(fuzz_path("tree"), NULL)) abort();
    return 0;
}
