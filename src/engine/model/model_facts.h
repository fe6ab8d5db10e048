/* What is inside a model's folder, and what a run with it would train: configuration, every tensor
 * of the file and of the net, parts with their parameters, the head's fate, memory. Only
 * config.json and the header of the weights are read; no weight is.
 *
 *     struct ft_model_facts f;
 *     struct ft_model_ask ask = {.task = f.own_task, .labels = names, .label_n = 2};
 *     if ((st = ft_model_facts_read(&f, "models/minilm", &ask, NULL, &err))) return st;
 *     for (size_t i = 0; i < f.parts_n; i++) ..
 *     ft_model_facts_release(&f);
 *
 * Threads: nothing is kept between calls; a struct belongs to one thread at a time. */
#ifndef FT_ENGINE_MODEL_MODEL_FACTS_H
#define FT_ENGINE_MODEL_MODEL_FACTS_H

#include "engine/options/options.h"
#include "engine/options/job.h"
#include "util/err.h"
#include "util/kinds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the model is wanted for. */
struct ft_model_ask {
    int task;                  /* enum ft_task; -1: what its own head is for */
    const char *const *labels; /* CLASSIFY: the data's; NULL: the folder's own */
    size_t label_n;
    const char *freeze;  /* the option's text; NULL: nothing is */
    const char *teacher; /* the option's text; NULL or "": none */
};

struct ft_model_field { /* of config.json */
    char *name, *value;
    bool given; /* set in the file; else the family's default */
};

enum { FT_MODEL_RANK = 8 };
struct ft_model_tensor {
    char *name;
    size_t shape[FT_MODEL_RANK], rank;
    uint64_t count;
    const char *dtype; /* in the file: "F32", "F16", ..; NULL: it is not there, or not usable */
    bool used;         /* the net has it */
    bool is_new;       /* starts from random values */
    bool trained, decayed;
};

struct ft_model_part { /* embeddings, layers, head */
    char name[32];
    size_t times; /* equal layers joined into one; 1 for other parts */
    uint64_t count;
    const char *dtype; /* NULL: not in the file; "mixed" */
    size_t trained;    /* of its tensors */
    size_t tensors;
};

struct ft_model_facts {
    char *name, *path;
    const char *family;
    char *architecture; /* "" none */
    int own_task;       /* enum ft_task of the folder's head; -1: a body without one */
    int64_t layers, hidden, heads, ff, vocab, positions, types;
    size_t max_tokens; /* of one sequence, special ones included */
    char **labels;     /* label_n: the names that config.json gives */
    size_t label_n;
    struct ft_model_field *fields;
    size_t fields_n;
    char *config; /* config.json as it is */

    /* the file: the same numbers as `inspect` */
    uint64_t parameters, tensors_in_file, data_bytes;
    size_t files;
    char *prefix;      /* that every tensor name begins with and that is ignored; NULL: none */
    const char *dtype; /* of all its weights, or "mixed"; NULL: it has none */

    /* the net of the task */
    enum ft_task task;
    char *refused; /* why the family has no such task, NULL: it has; the net is then of the own one
                    */
    struct ft_model_tensor *tensors; /* the net's in its order, then those that are not used */
    size_t tensors_n;
    struct ft_model_part *parts;
    size_t parts_n;
    uint64_t net_parameters, net_trained;
    size_t missing;    /* new, head and pooler */
    size_t unexpected; /* in the file and not used */
    bool head_new;
    char *head; /* in words: "new, will be trained" */

    struct ft_net_config *net; /* private */
    struct ft_net_config
        *teacher; /* of the teacher, with its head where it has one for the task; NULL:
                                      there is none, or it cannot be read */
};
/* Errors: those of the files; a tensor of the body that is missing or has another shape is
 * FT_FORMAT, with expected and found shape. `w` may be NULL. */
enum ft_status ft_model_facts_read(struct ft_model_facts *f, const char *name,
                                   const struct ft_model_ask *ask, struct ft_job *w,
                                   struct ft_err *err);
/* The same of a configuration alone, for a model whose weights are not here: every tensor is new,
 * path and config are NULL, `parameters` are those of the body. */
struct ft_hf_config;
enum ft_status ft_model_facts_plan(struct ft_model_facts *f, const char *name,
                                   const struct ft_hf_config *c, const struct ft_model_ask *ask,
                                   struct ft_err *err);
void ft_model_facts_release(struct ft_model_facts *f);

#endif
