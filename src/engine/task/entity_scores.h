/* Scores of entities, as seqeval has them in its default mode: an entity is right when its words and
 * its type are; precision, recall and F1 over all entities and of each type, accuracy over words.
 * Besides, what the wrong ones are: see enum ft_entity_error.
 *
 *     ft_entity_scores_init(&e, names, labels);
 *     for each sentence: ft_entity_scores_add(&e, truth, predicted, words);
 *     ft_entity_scores_end(&e, &scores);
 *
 * Threads: one owner. */
#ifndef FT_ENGINE_TASK_ENTITY_SCORES_H
#define FT_ENGINE_TASK_ENTITY_SCORES_H

#include "data/entities.h"
#include "engine/task/scores.h"

struct ft_entity_scores {
    struct ft_tag_set tags;
    size_t types;
    uint64_t
        *matrix; /* (types+1, types+1): row the true type of the same words, column the predicted;
                         the last row has entities that are none, the last column those not found */
    uint64_t *right; /* (types) */
    uint64_t words, words_right;
    uint64_t errors[FT_ENTITY_ERRORS]; /* by kind; see scores.h */
    int32_t
        *list[2]; /* private: true and predicted tags, sentences joined by O as in seqeval, where
                         an invalid sequence may reach into the next sentence */
    size_t n, cap[2];
};
void ft_entity_scores_init(struct ft_entity_scores *e, const char *const *labels, size_t n);
/* Tags are places in `labels`; words with a truth of -1 do not count. predicted -1 is O. */
void ft_entity_scores_add(struct ft_entity_scores *e, const int32_t *truth,
                          const int32_t *predicted, size_t words);
/* Fills labels, names, classes, confusion, precision, recall, f1, accuracy and errors: the types that
 * occur, by name, and after them "(none)". Releases e. */
void ft_entity_scores_end(struct ft_entity_scores *e, struct ft_scores *s);

/* How a predicted or a true entity is wrong; both lists are by place. The partner is
 * the entity of the other list that overlaps (SIZE_MAX: none). */
enum ft_entity_error ft_entity_error_of(const struct ft_entity *x, const struct ft_entity *others,
                                        size_t n, bool predicted, size_t *partner);

#endif
