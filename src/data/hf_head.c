/* See hf_head.h. */
#include "data/hf_head.h"

#include "data/hf_family.h"
#include "util/json.h"

#include <string.h>

/* Whether `part` begins `name` or stands in it behind a full stop. */
static bool has_part(const char *name, const char *part)
{
    for (const char *at = name; (at = strstr(at, part)); at++)
        if (at == name || at[-1] == '.') return true;
    return false;
}

/* The head that pretraining by replaced tokens leaves (DeBERTa-v3) is none of a task. */
static bool has_tensor(const struct ft_st *file, const char *part)
{
    for (size_t i = 0; i < ft_st_count(file); i++) {
        const char *name = ft_st_at(file, i)->name;
        if (has_part(name, part) && !has_part(name, "mask_predictions.")) return true;
    }
    return false;
}

/* A classifier of texts has a dense layer in front of the last one, one of tokens has not. */
static enum ft_head find_classifier(const struct ft_st *file, enum ft_family family)
{
    const char *dense = ft_hf_family(family)->text_tensor;
    if (has_tensor(file, "score.weight")) return FT_HEAD_CLASSIFY;
    if (!has_tensor(file, "classifier.weight") && !has_tensor(file, "classifier.out_proj.weight"))
        return FT_HEAD_NONE;
    return dense && has_tensor(file, dense) ? FT_HEAD_CLASSIFY : FT_HEAD_TOKENS;
}

enum ft_head ft_hf_head_find(const struct ft_st *file, enum ft_family family)
{
    if (has_tensor(file, "qa_outputs.weight")) return FT_HEAD_QA;
    enum ft_head head = find_classifier(file, family);
    if (head) return head;
    const struct ft_hf_family *f = ft_hf_family(family);
    if (has_tensor(file, f->lm_tensor)) return f->lm;
    if (f->own_lm_tensor && has_tensor(file, f->own_lm_tensor)) return f->lm;
    return has_tensor(file, "cls.seq_relationship.weight") ? FT_HEAD_NEXT : FT_HEAD_NONE;
}

void ft_hf_head_settle(struct ft_hf_config *c, const struct ft_st *file)
{
    const char *own = ft_hf_family(c->family)->own_lm_tensor;
    if (c->head == FT_HEAD_NONE) c->head = ft_hf_head_find(file, c->family);
    bool given = c->head == FT_HEAD_MLM && ft_json_get(c->tree, "architectures");
    if (own && !given && !ft_json_get(c->tree, "legacy") && has_tensor(file, own))
        c->legacy = false;
}

enum ft_problem_type ft_hf_head_problem(const struct ft_hf_config *c)
{
    if (c->head != FT_HEAD_CLASSIFY) return FT_PROBLEM_TYPE_NONE;
    if (c->problem) return c->problem;
    return c->label_count > 1 ? FT_PROBLEM_TYPE_SINGLE_LABEL : FT_PROBLEM_TYPE_REGRESSION;
}

bool ft_hf_head_serves(const struct ft_hf_config *c, enum ft_task task)
{
    enum ft_problem_type own = ft_hf_head_problem(c), wanted = ft_task_problem(task);
    if (own == FT_PROBLEM_TYPE_REGRESSION && c->label_count != 1) return false;
    if (!own || !wanted || own == wanted) return c->head == ft_task_head(task);
    /* several outputs of no stated type may be those of several labels */
    return !c->problem && c->label_count > 1 && wanted == FT_PROBLEM_TYPE_MULTI_LABEL;
}

const char *ft_hf_head_purpose(const struct ft_hf_config *c)
{
    static const char *const purposes[FT_HEAD_COUNT] = {
        [FT_HEAD_NONE] = "",
        [FT_HEAD_CLASSIFY] = "text classification",
        [FT_HEAD_QA] = "question answering",
        [FT_HEAD_MLM] = "masked language modelling",
        [FT_HEAD_CLM] = "text generation",
        [FT_HEAD_TOKENS] = "token classification (ner)",
        [FT_HEAD_CHOICE] = "multiple choice",
        [FT_HEAD_NEXT] = "next sentence prediction",
    };
    switch (ft_hf_head_problem(c)) {
    case FT_PROBLEM_TYPE_MULTI_LABEL:
        return "multi-label classification";
    case FT_PROBLEM_TYPE_REGRESSION:
        return c->label_count == 1 ? "regression" : "regression of several numbers";
    case FT_PROBLEM_TYPE_NONE:
    case FT_PROBLEM_TYPE_SINGLE_LABEL:
    case FT_PROBLEM_TYPE_COUNT:
        break;
    }
    return purposes[c->head];
}

const char *ft_hf_head_of_tensor(const char *name)
{
    static const struct {
        const char *part, *purpose;
    } parts[] = {
        {"cls.predictions.", "masked language modelling"},
        {"lm_predictions.", "masked language modelling"},
        {"mask_predictions.", "replaced token detection"},
        {"lm_head.", "language modelling"},
        {"generator_predictions.", "masked language modelling"},
        {"generator_lm_head.", "masked language modelling"},
        {"discriminator_predictions.", "replaced token detection"},
        {"predictions.", "masked language modelling"},
        {"sop_classifier.", "sentence order prediction"},
        {"vocab_transform.", "masked language modelling"},
        {"vocab_layer_norm.", "masked language modelling"},
        {"vocab_projector.", "masked language modelling"},
        {"cls.seq_relationship.", "next sentence prediction"},
        {"qa_outputs.", "question answering"},
        {"classifier.", "classification"},
        {"pre_classifier.", "classification"},
        {"score.", "classification"},
        {"multiple_choice_head.", "multiple choice"},
        {"decoder.weight", "masked language modelling"},
        {"decoder.bias", "masked language modelling"},
        {"head.dense.", "prediction"},
        {"head.norm.", "prediction"},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (has_part(name, parts[i].part)) return parts[i].purpose;
    return NULL;
}
