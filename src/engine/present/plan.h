/* The plan of a run before it starts: steps, tokens, memory, disk, time, and warnings about
 * unusual options. Computed from data, model and speed as far as they are known; unknown values
 * are 0 or false.
 *
 *     struct ft_plan_in in = {.o = &settled, .task = task, .data = dataset, .model = facts};
 *     struct ft_plan p;
 *     ft_plan_make(&p, &in);
 *
 * Threads: nothing is kept between calls. */
#ifndef FT_ENGINE_PRESENT_PLAN_H
#define FT_ENGINE_PRESENT_PLAN_H

#include "engine/present/dataset.h"
#include "engine/task/model_memory.h"
#include "engine/options/schedule.h"
#include "engine/present/speed.h"

struct ft_plan_in {
    const struct ft_options *o; /* settled for the task */
    enum ft_task task;
    const struct ft_dataset *data;      /* NULL: none */
    uint64_t examples;                  /* of the training part, where no tokens are counted */
    const struct ft_model_facts *model; /* NULL: none */
    const struct ft_speed_fact *speed;  /* NULL: not measured */
};

struct ft_plan {
    struct ft_schedule schedule; /* total 0: not known */
    bool counting;               /* tokens are being counted: steps come with them */
    double tokens;               /* of the whole training; 0: not known */
    uint64_t mean_length;        /* tokens of a training sequence; 0: not known */
    double flops;                /* of the run with its evaluations; 0: not known */
    bool has_memory;
    struct ft_model_memory memory;    /* with the data's longest text, where that is known */
    int64_t disk, disk_free;          /* bytes of model and checkpoints; 0, -1: not known */
    double seconds_low, seconds_high; /* 0: not known */
};
/* The memory alone, of a run with in->o: of the data's longest text and of as many as there are,
 * where these are known; in->model must be there. The one number that all screens show. */
void ft_plan_memory(struct ft_model_memory *m, const struct ft_plan_in *in);
void ft_plan_make(struct ft_plan *p, const struct ft_plan_in *in);
/* What is unusual, most important first: a value far outside the usual ones, cut texts, rare
 * labels, little data, a new head without warm-up. Each is one sentence with what to do. */
enum { FT_PLAN_NOTES = 3 };
struct ft_plan_note {
    enum ft_opt option; /* that it is about */
    char text[160];
};
size_t ft_plan_notes(const struct ft_plan_in *in, const struct ft_plan *p,
                     struct ft_plan_note out[FT_PLAN_NOTES]);

#endif
