/* Where the memory of a run goes, and what to change when there is not enough: see model_memory.h.
 */
#include "engine/task/model_memory.h"

#include "engine/task/task_facts.h"
#include "core/net.h"
#include "engine/model/precision.h"
#include "engine/task/lm.h"
#include "util/fs.h"
#include "util/str.h"

#include <stdio.h>
#include <string.h>

static size_t add(size_t a, size_t b)
{
    return a > SIZE_MAX - b ? SIZE_MAX : a + b;
}

/* Its texts have about as many tokens. */
static size_t teacher_bytes(const struct ft_model_facts *f, size_t batch, size_t length)
{
    struct ft_ws_opt opt = {.N = batch * length, .B = batch, .T = length};
    struct ft_mem_plan p;
    if (!f->teacher) return 0;
    ft_net_plan(f->teacher, &opt, &p);
    return p.total_bytes;
}

/* What does not change with batch and length. */
struct how {
    enum ft_optim_kind optim;
    bool checkpoint;
    enum ft_net_precision precision;
};

static size_t plan(const struct ft_model_facts *f, size_t batch, size_t length, struct how how,
                   struct ft_mem_plan *p)
{
    struct ft_ws_opt opt = {.N = batch * length,
                            .B = batch,
                            .T = length,
                            .train = true,
                            .checkpoint = how.checkpoint,
                            .precision = how.precision};
    ft_net_plan(f->net, &opt, p);
    if (p->total_bytes == SIZE_MAX) return SIZE_MAX;
    size_t optimiser = (size_t)ft_optim_states(how.optim) * p->weights_bytes;
    p->total_bytes = p->total_bytes - p->optim_bytes + optimiser;
    p->optim_bytes = optimiser;
    return add(p->total_bytes, teacher_bytes(f, batch, length));
}

/* The first that makes it fit: checkpoints, halving the batch, then the length as well. */
static void advise(const struct ft_model_facts *f, struct how how, const char *what,
                   struct ft_model_memory *m)
{
    struct ft_mem_plan p;
    size_t batch = m->batch, length = m->length;
    struct how again = how;
    again.checkpoint = true;
    bool fits = false;
    if (!how.checkpoint && plan(f, batch, length, again, &p) <= (size_t)m->free) {
        snprintf(m->advice, sizeof m->advice, "set gradient_checkpointing true");
        return;
    }
    while (!fits && batch > 1)
        fits = plan(f, batch /= 2, length, how, &p) <= (size_t)m->free;
    if (fits) {
        snprintf(m->advice, sizeof m->advice, "halve per_device_train_batch_size: %zu fits", batch);
        return;
    }
    while (!fits && length > 8)
        fits = plan(f, batch, length /= 2, how, &p) <= (size_t)m->free;
    if (fits)
        snprintf(m->advice, sizeof m->advice, "halve %s: %zu fits with batch 1", what, length);
    else
        snprintf(m->advice, sizeof m->advice, "no batch size fits: use a smaller model");
}

/* The most tokens of one sequence, as a run cuts them; *what: the option that says it. */
static size_t length_of(const struct ft_model_facts *f, const struct ft_options *o,
                        const char **what)
{
    struct ft_options settled;
    struct ft_lm_opt lm;
    ft_options_copy(&settled, o);
    ft_task_settle(&settled, f->task);
    size_t length = (size_t)ft_options_int(&settled, FT_OPT_max_seq_length);
    if (length > f->max_tokens) length = f->max_tokens;
    *what = "max_seq_length";
    if (ft_task_has(f->task, FT_TRAIT_TEXT)) {
        ft_lm_opt_of(&lm, &settled, f->task, false, f->max_tokens);
        length = lm.length;
        if (!lm.line_by_line) *what = "block_size";
    }
    ft_options_release(&settled);
    return length;
}

void ft_model_memory(const struct ft_model_facts *f, const struct ft_options *o,
                     struct ft_model_memory *m)
{
    struct ft_mem_plan p;
    struct how how = {.optim = (enum ft_optim_kind)ft_options_choice(o, FT_OPT_optim),
                      .checkpoint = ft_options_bool(o, FT_OPT_gradient_checkpointing)};
    enum ft_precision precision = ft_precision_used(o, NULL);
    if (precision == FT_PRECISION_INT8) precision = FT_PRECISION_FP32; /* training has none */
    how.precision = precision == FT_PRECISION_BF16 ? FT_NET_BF16 : FT_NET_FP32;
    const char *what;
    size_t length = length_of(f, o, &what);
    *m = (struct ft_model_memory){.batch =
                                      (size_t)ft_options_int(o, FT_OPT_per_device_train_batch_size),
                                  .length = length,
                                  .free = ft_mem_available()};
    m->total = plan(f, m->batch, m->length, how, &p);
    m->weights = p.weights_bytes;
    m->gradients = p.grads_bytes;
    m->optimiser = p.optim_bytes;
    m->optimiser_name = ft_optim_title(how.optim);
    m->activations = p.activations_bytes;
    m->work = p.work_bytes + p.copies_bytes;
    m->precision = ft_precision_name(precision);
    m->teacher = teacher_bytes(f, m->batch, m->length);
    m->fits = m->free < 0 || m->total <= (uint64_t)m->free;
    if (!m->fits) advise(f, how, what, m);
}
