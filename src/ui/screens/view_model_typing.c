/* The text whose tokens screen 2 shows: the selected row of the data, until one is typed. */
#include "ui/screens/view_model_in.h"

#include <string.h>

void model_put_text(struct model_view *t, const char *text, size_t n)
{
    if (n == t->text.len && !memcmp(text, ft_str_text(&t->text), n)) return;
    ft_str_clear(&t->text);
    ft_str_add(&t->text, text, n);
    t->tokens.top = 0;
}

static void stop_typing(struct model_view *t)
{
    t->typing = false;
    t->own_text = t->text.len > 0; /* nothing typed: the data's row again */
    t->text_cut = false;
    model_follow(t);
}

bool model_key(struct ft_view *v, const struct ft_key *k)
{
    struct model_view *t = model_of(v);
    if (model_pull_typing(t)) return model_pull_key(t, k);
    if (!t->typing) return false;
    if (k->code == FT_KEY_ENTER || k->code == FT_KEY_ESC || k->code == FT_KEY_TAB) {
        stop_typing(t);
        return k->code != FT_KEY_TAB;
    }
    if (!ft_field_key(&t->field, k, 60)) return false;
    model_put_text(t, ft_field_text(&t->field), t->field.text.len);
    ft_model_list_tokens(t->b, ft_str_text(&t->text), t->text.len);
    return true;
}

bool model_typing(struct ft_view *v)
{
    return model_of(v)->typing || model_pull_typing(model_of(v));
}

void model_type_text(struct model_view *t, const char *text)
{
    model_pull_close(t);
    ft_app_focus(&t->view, MODEL_TOKENS);
    if (text && *text) {
        model_put_text(t, text, strlen(text));
        stop_typing(t);
        return;
    }
    t->typing = true;
    ft_field_set(&t->field, ft_str_text(&t->text));
    t->field.selected = t->field.text.len > 0; /* the first character takes its place */
}
