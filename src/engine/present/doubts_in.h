/* The inside of doubts.h: doubts.c (the object, and what was decided), doubts_read.c (the files of a
 * folder), doubts_search.c (near duplicates of the open data). */
#ifndef FT_ENGINE_PRESENT_DOUBTS_IN_H
#define FT_ENGINE_PRESENT_DOUBTS_IN_H

#include "engine/predict/text_vectors.h"
#include "engine/present/dataset_in.h"
#include "engine/present/doubts.h"
#include "util/mem.h"

struct doubts_list {
    struct ft_doubt *items; /* the worst first; texts in the arena */
    size_t n, cap;
    struct ft_arena arena;
};
void doubts_list_release(struct doubts_list *l);
/* Appends an item; texts are copied. Errors: FT_FORMAT when there are too many. */
enum ft_status doubts_add(struct doubts_list *l, const struct ft_doubt *x, const char *path,
                          struct ft_err *err);
/* A search: owns its reference to the build and a copy of the options. */
struct doubts_search {
    struct dataset_build *build;
    struct ft_options o;
    double threshold;
    struct ft_text_vectors *vectors; /* the worker's until it ends */
    struct ft_doubts_searched searched;
};
void doubts_search_release(struct doubts_search *s);
enum ft_status doubts_search(struct doubts_list *l, struct doubts_search *s, struct ft_job *work,
                             struct ft_err *err);

/* Reads what there is in the folder (or the one file). Errors: FT_FORMAT, naming file and line,
 * also where the folder has no list; those of the disk. */
enum ft_status doubts_read(struct doubts_list *l, const char *dir, struct ft_job *work,
                           struct ft_err *err);

#endif
