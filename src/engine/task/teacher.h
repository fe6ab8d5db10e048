/* The teacher of a run (distillation): a second model that is only read. Its outputs for a batch of
 * the student's sequences are the targets of the student's losses. Teacher and student may tokenize
 * differently; see token_groups.h.
 *
 *     st = ft_teacher_load(&t, &options, task, err);
 *     .. data, with t.labels where t.logits; the student's model ..
 *     st = ft_teacher_fit(&t, &student, err);
 *     st = ft_teacher_encode(&t, part, &sequences, &data, &student, &options, job, err);  each part
 *     ft_teacher_plan(&t, train_batch, eval_batch);
 *     st = ft_teacher_begin(&t, err);
 *     each batch:
 *         st = ft_teacher_batch(&t, part, pick, n, batch.offsets, &out, err);
 *         ft_net_hidden_loss(net, ws, &out.groups, out.hidden, ...);
 *     ft_teacher_release(&t);
 *
 * Threads: those of a net: one at a time, on the thread that computes. */
#ifndef FT_ENGINE_TASK_TEACHER_H
#define FT_ENGINE_TASK_TEACHER_H

#include "core/net.h"
#include "data/split.h"
#include "engine/model/model_file.h"
#include "engine/options/job.h"
#include "engine/options/options.h"
#include "engine/task/run_data.h"
#include "engine/task/sequences.h"
#include "engine/task/teacher_cache.h"
#include "engine/task/token_groups.h"

struct ft_teacher_part {
    struct ft_sequences seq; /* the teacher's tokens of the student's sequences, in their order */
    struct ft_token_groups groups; /* a: the student's tokens, b: the teacher's */
};
struct ft_teacher {
    struct ft_model_file m; /* net NULL: there is no teacher */
    bool hidden;            /* its hidden states are learned.. */
    double hidden_weight;   /* ..with this weight in the sum */
    bool logits;            /* its predictions are learned.. */
    double alpha; /* ..with this weight; that of the labels is 1 - alpha (0 if not logits) */
    double temperature;
    struct ft_labels labels; /* logits: of its head, in their order */
    uint64_t checksum;       /* of its weights */
    struct ft_teacher_part part[FT_PART_COUNT];
    struct ft_mem_plan plan; /* with the weights; for batches as planned */
    uint64_t cache_bytes;    /* of the file with its outputs; 0: they are not kept */
    /* private */
    struct ft_teacher_cache *cache;
    float **kept;      /* (B) where a batch's outputs are put together for the file */
    int32_t *label_of; /* for each of the student's labels: the teacher's */
    float *logits_buf;
    struct ft_ws_opt room;
    struct ft_ws *ws;
    struct ft_batch batch;
    size_t groups_cap;
    size_t *pick;
    int32_t *offsets;
    int32_t *from, *to, *teacher_from, *teacher_to;
    float *target;
};

/* What the teacher has for a batch; valid until the next one. */
struct ft_teacher_out {
    struct ft_groups groups; /* rows of the student's batch */
    const float *logits; /* (n, labels) in the order of the student's labels; NULL: not learned */
    const float *hidden; /* (groups.G, C): the means of the teacher's states */
    /* Of parts without a file of outputs: */
    const float *states;    /* (its N, C) all of its last hidden states.. */
    const int32_t *offsets; /* (n+1) ..and where those of each sequence begin */
};

/* Loads the model that the option `teacher` names, with its head where it has one for the task; of
 * other heads, only hidden states are learned. Errors: those of ft_model_file_load; FT_USAGE or
 * FT_UNSUPPORTED with what does not fit. */
enum ft_status ft_teacher_load(struct ft_teacher *t, const struct ft_options *o, enum ft_task task,
                               struct ft_err *err);
/* Checks that it fits the student, whose labels are `labels`; its logits are in their order then. */
enum ft_status ft_teacher_fit(struct ft_teacher *t, const struct ft_model_file *student,
                              const struct ft_labels *labels, struct ft_err *err);
/* Tokenizes the texts of a part's sequences for the teacher, each as far as the student reads it. */
enum ft_status ft_teacher_encode(struct ft_teacher *t, enum ft_part part,
                                 const struct ft_sequences *s, const struct ft_run_data *d,
                                 const struct ft_model_file *student, const struct ft_options *o,
                                 struct ft_job *w, struct ft_err *err);
/* The workspace for batches of up to so many sequences of the training part, and of the others, as
 * far as they were encoded: its plan alone, and taking it. */
void ft_teacher_plan(struct ft_teacher *t, size_t train_batch, size_t eval_batch);
enum ft_status ft_teacher_begin(struct ft_teacher *t, struct ft_err *err); /* as planned */
/* Keeps the outputs for the training part in a file (teacher_cache.h): its size, and opening it.
 * order: the first epoch's, cut into batches. After ft_teacher_begin. */
uint64_t ft_teacher_cache_plan(const struct ft_teacher *t, size_t batch);
enum ft_status ft_teacher_cache_begin(struct ft_teacher *t, const char *path, const size_t *order,
                                      size_t batch, struct ft_err *err);
/* How many groups a batch of sequences has: what its loss is divided by. */
size_t ft_teacher_groups(const struct ft_teacher *t, enum ft_part part, const size_t *pick,
                         size_t n);
/* The teacher's outputs for sequences pick[0..n), whose rows in the student's batch begin at
 * offsets. */
enum ft_status ft_teacher_batch(struct ft_teacher *t, enum ft_part part, const size_t *pick,
                                size_t n, const int32_t *offsets, struct ft_teacher_out *out,
                                struct ft_err *err);
void ft_teacher_release(struct ft_teacher *t);

#endif
