/* How well one example was predicted, from its line in predictions.jsonl: what paired tests between two runs
 * compare (sweep_compare.h, paired_test.h). The form of the line says what it is:
 *
 *     one label             accuracy: 1 for a right label, 0 for a wrong one
 *     several labels        subset accuracy: 1 if all labels are right and no other is predicted
 *     a number              squared error
 *     tagged words          exact match: 1 if the entities of the sentence are right, and no other is found
 *     an answer             F1
 *     anything else         loss; also where the runs are compared by it
 *
 *     struct ft_example_score s;
 *     if (ft_example_score_read(&s, line, false)) .. s.value, s.what ..
 *
 * Entities by the rules of seqeval's default mode (data/entities.h). Threads: any. */
#ifndef FT_ENGINE_RUNS_EXAMPLE_SCORE_H
#define FT_ENGINE_RUNS_EXAMPLE_SCORE_H

#include <cjson/cJSON.h>
#include <stdbool.h>

struct ft_example_score {
    double value;
    const char *what; /* "accuracy", ..; static */
    bool lower;       /* less of it is better */
    bool binary;      /* 1 or 0: right or wrong */
};
/* false: the example has no label, so that it was not scored. by_loss: its loss, whatever it is. */
bool ft_example_score_read(struct ft_example_score *s, const cJSON *line, bool by_loss);
/* The same as a phrase for people: "exact match (all entities of a sentence)". */
const char *ft_example_score_text(const char *what);

#endif
