/* A model in memory: configuration, net and tokenizer of one folder in Hugging Face layout, loaded
 * together, checked against each other, and saved again. For engine only: ui and cli
 * see models through inspect.h and session.h.
 * Threads: one owner; the net computes on the thread that called ft_pool_init. */
#ifndef FT_ENGINE_MODEL_MODEL_FILE_H
#define FT_ENGINE_MODEL_MODEL_FILE_H

#include "core/net.h"
#include "data/hf_config.h"
#include "data/tok.h"
#include "engine/options/options.h"
#include "util/err.h"
#include "util/str.h"

/* A tensor of the folder that the net does not have and that is saved again as it was. */
struct ft_model_kept {
    char *name;
    size_t rank, shape[2];
    float *data;
};
enum { FT_MODEL_KEPT_MAX = 2 };

struct ft_model_file {
    enum ft_task task;
    char *name, *path;          /* as asked for; the folder it was found in */
    struct ft_hf_config config; /* as it will be saved */
    struct ft_net *net;
    struct ft_tok *tok;
    size_t max_tokens; /* of one sequence, special tokens included */
    bool head_new;     /* the head's weights are random: it will be trained */
    /* A body without a head keeps its pooler (weight, bias), which its classifier begins from. */
    struct ft_model_kept kept[FT_MODEL_KEPT_MAX];
    size_t kept_n;
    struct ft_str said; /* one calm line on what was missing and what was not used, or empty */
};

struct ft_model_opt {
    enum ft_task task;
    const char *const *labels; /* CLASSIFY: names in order; NULL: the folder's own */
    size_t label_n;
    uint64_t seed;  /* of a new head */
    double dropout; /* in all places; negative: the model's own */
    bool as_it_is;  /* to answer with: the folder's head must be for the task, and whole */
    bool body;      /* without any head, for its hidden states; task and labels are not looked at,
                       as_it_is is set */
};

/* Loads all of it. `m` is zeroed. Errors: those of the files; FT_FORMAT when vocabulary and
 * embeddings do not fit, a tensor has the wrong shape or a file's checksum is another; FT_NUMERIC
 * for NaN or infinite weights; FT_UNSUPPORTED. */
enum ft_status ft_model_file_load(struct ft_model_file *m, const char *name,
                                  const struct ft_model_opt *opt, struct ft_err *err);
void ft_model_file_release(struct ft_model_file *m);

/* What its products multiply from now on, by --precision: workspaces that are made later. Where this
 * machine has none of it they are fp32, and the log says so (engine/model/precision.h). */
void ft_model_file_precision(struct ft_model_file *m, const struct ft_options *o);

/* The configuration alone: of a folder, its head found by the tensors where the class does not say
 * it; and of a model by any of its names, with the folder it lies in (free() *path). */
enum ft_status ft_model_folder_config(struct ft_hf_config *config, const char *path,
                                      struct ft_err *err);
enum ft_status ft_model_file_config(struct ft_hf_config *config, char **path, const char *name,
                                    struct ft_err *err);
/* Notes in the log that the folder `path` inside the one of this name is meant, where that is so.
 */
void ft_model_report_below(const char *name, const char *path);
/* What the net will be; also for the memory plan before anything is loaded. */
enum ft_status ft_model_file_net_config(const struct ft_hf_config *config,
                                        const struct ft_model_opt *opt, struct ft_net_config *out,
                                        struct ft_err *err);

/* Writes config, weights and tokenizer into a folder in the making. */
struct ft_hf_dir;
enum ft_status ft_model_file_put(struct ft_model_file *m, struct ft_hf_dir *d, struct ft_err *err);
/* Writes the folder, whole or not at all. */
enum ft_status ft_model_file_save(struct ft_model_file *m, const char *dir, struct ft_err *err);

#endif
