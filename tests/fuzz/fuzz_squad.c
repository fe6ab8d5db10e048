/* Any bytes as question answering data: no crash; answers that are placed lie where they say. */
#include "data/problems.h"
#include "data/squad.h"
#include "data/unicode.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ft_squad q;
    struct ft_err err = {0};
    if (ft_squad_read_mem(&q, "fuzz", data, size, &err)) {
        if (!err.msg[0]) abort();
        return 0;
    }
    for (size_t i = 0; i < q.questions_n; i++) {
        const struct ft_squad_question *s = &q.questions[i];
        struct ft_text c = q.paragraphs[s->paragraph].context;
        for (uint32_t k = 0; k < s->answers_n; k++) {
            const struct ft_squad_answer *a = &q.answers[s->answers_first + k];
            if (!a->placed) continue;
            if (a->end > c.n || a->end - a->start != a->text.n) abort();
            if (memcmp(c.data + a->start, a->text.data, a->text.n) != 0) abort();
            if (ft_uni_count(c.data, a->start) != a->start_cp) abort();
        }
        struct ft_str out = {0};
        ft_squad_row_json(&q, i, &out);
        ft_str_release(&out);
    }
    const double share[FT_PART_COUNT] = {0.8, 0.1, 0.1};
    ft_squad_limit(&q, q.questions_n / 2, 1);
    ft_squad_split(&q, share, (struct ft_fold){0}, 1);
    struct ft_problems p;
    if (!ft_problems_find_squad(&p, &q, 3, &err)) ft_problems_release(&p);
    ft_squad_release(&q);
    return 0;
}
