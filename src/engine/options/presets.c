/* Presets: the recipes that papers and examples give, and the user's own files. Values are those of
 * BERT's, RoBERTa's and GPT-2's authors and of the fine-tuning literature, named in each help text.
 */
#include "engine/options/options.h"

#include "util/fs.h"
#include "util/mem.h"

#include <stdlib.h>
#include <string.h>

static const struct ft_preset presets[] = {
    {"bert", "classify with BERT or DistilBERT (Devlin et al. 2019)",
     "learning_rate=2e-5 num_train_epochs=3 per_device_train_batch_size=32 warmup_ratio=0.1 "
     "weight_decay=0.01 max_seq_length=128"},
    {"roberta", "classify with RoBERTa (Liu et al. 2019)",
     "learning_rate=1e-5 num_train_epochs=10 per_device_train_batch_size=16 warmup_ratio=0.06 "
     "weight_decay=0.1 adam_beta2=0.98 adam_epsilon=1e-6 max_grad_norm=0 max_seq_length=512"},
    {"squad", "question answering, SQuAD (Devlin et al. 2019)",
     "task=qa learning_rate=3e-5 num_train_epochs=2 per_device_train_batch_size=12 "
     "warmup_ratio=0.1 "
     "max_seq_length=384 doc_stride=128"},
    {"gpt2", "language modelling with GPT-2",
     "task=clm learning_rate=5e-5 num_train_epochs=3 per_device_train_batch_size=8 weight_decay=0"},
    {"small_data", "fewer than 5,000 examples: more epochs, with warm-up (Zhang et al. 2021)",
     "learning_rate=2e-5 num_train_epochs=15 per_device_train_batch_size=16 warmup_ratio=0.1 "
     "weight_decay=0.01"},
    {"long_text", "long texts: 512 tokens, start and end kept (Sun et al. 2019)",
     "learning_rate=2e-5 num_train_epochs=4 per_device_train_batch_size=16 warmup_ratio=0.1 "
     "max_seq_length=512 truncation=head_tail"},
    {"distill", "a small model from a large one: set teacher to the large one (Sanh et al. 2019)",
     "learning_rate=2e-4 num_train_epochs=6 per_device_train_batch_size=32 warmup_ratio=0.1 "
     "distill_alpha=0.7 distill_temperature=2"},
    {"quick", "a quick test: frozen embeddings, short texts, one epoch",
     "learning_rate=5e-5 num_train_epochs=1 max_seq_length=64 freeze=embeddings "
     "train_sampling_strategy=group_by_length"},
};
enum { PRESETS = sizeof presets / sizeof *presets };

const struct ft_preset *ft_presets_built_in(size_t *n)
{
    *n = PRESETS;
    return presets;
}

size_t ft_presets_own(char ***names)
{
    size_t n = 0;
    char *dir = ft_xdg_path(FT_XDG_CONFIG, "presets");
    *names = NULL;
    if (dir && ft_path_is_dir(dir) && ft_dir_list(dir, names, &n, NULL)) n = 0;
    free(dir);
    return n;
}

static enum ft_status apply_values(struct ft_options *o, const char *values, struct ft_err *err)
{
    enum ft_status st = FT_OK;
    char *copy = ft_xstrdup(values), *rest = copy;
    for (char *word; !st && (word = strsep(&rest, " "));) {
        char *eq = strchr(word, '=');
        if (!eq) continue;
        *eq = 0;
        int id = ft_option_find(word);
        if (id >= 0 && o->v[id].given) continue;
        st = ft_options_set(o, word, eq + 1, true, err);
    }
    free(copy);
    return st;
}

/* A name is one path component, so that it cannot leave the folder. */
static char *preset_path(const char *name, struct ft_err *err)
{
    if (!*name || *name == '.' || strchr(name, '/') || strlen(name) > 100) {
        ft_fail(err, FT_USAGE, "preset `%s`: a name must not contain / or begin with a dot", name);
        return NULL;
    }
    char *dir = ft_xdg_path(FT_XDG_CONFIG, "presets");
    char *path = dir ? ft_path_join(dir, name) : NULL;
    if (!path) ft_fail(err, FT_NOTFOUND, "preset %s: no home folder; set $XDG_CONFIG_HOME", name);
    free(dir);
    return path;
}

enum ft_status ft_preset_apply(struct ft_options *o, const char *name, struct ft_err *err)
{
    for (int i = 0; i < PRESETS; i++)
        if (!strcmp(presets[i].name, name)) return apply_values(o, presets[i].values, err);
    char *path = preset_path(name, err);
    if (!path) return err ? err->code : FT_USAGE;
    enum ft_status st;
    if (ft_path_is_file(path)) {
        st = ft_options_load(o, path, err);
    } else {
        const char *names[PRESETS];
        struct ft_str all = {0};
        for (int i = 0; i < PRESETS; i++) {
            names[i] = presets[i].name;
            ft_str_addf(&all, "%s%s", i ? ", " : "", names[i]);
        }
        const char *near = ft_nearest(name, names, PRESETS);
        st = near ? ft_fail(err, FT_USAGE, "unknown preset `%s`; did you mean %s?", name, near)
                  : ft_fail(err, FT_USAGE, "unknown preset `%s`; expected %s, or a file in %s",
                            name, ft_str_text(&all), path);
        ft_str_release(&all);
    }
    free(path);
    return st;
}

enum ft_status ft_preset_save(const struct ft_options *o, const char *name, struct ft_err *err)
{
    char *path = preset_path(name, err);
    if (!path) return err ? err->code : FT_USAGE;
    char *dir = ft_path_dir(path);
    /* What belongs to one run only does not go into a recipe. */
    static const enum ft_opt not_saved[] = {FT_OPT_output_dir, FT_OPT_data,    FT_OPT_model,
                                            FT_OPT_validation, FT_OPT_test,    FT_OPT_edits,
                                            FT_OPT_events,     FT_OPT_threads, FT_OPT_delimiter,
                                            FT_OPT_quote,      FT_OPT_header,  FT_OPT_encoding};
    struct ft_options part;
    ft_options_copy(&part, o);
    for (size_t i = 0; i < sizeof not_saved / sizeof *not_saved; i++)
        ft_options_reset(&part, not_saved[i]);
    enum ft_status st = ft_mkdirs(dir, err);
    if (!st) st = ft_options_save(&part, path, err);
    ft_options_release(&part);
    free(dir);
    free(path);
    return st;
}
