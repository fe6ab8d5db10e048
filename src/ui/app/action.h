/* Actions: what a key or a word of the command line does. The table is action_list.h; this module
 * finds the action of a key in a scope, of a word, and writes the key line, the `?` page and the
 * manual's table. */
#ifndef FT_UI_APP_ACTION_H
#define FT_UI_APP_ACTION_H

#include "ui/app/action_list.h"
#include "ui/term/key.h"
#include "ui/widgets/move.h"
#include "util/str.h"

#include <stdbool.h>
#include <stddef.h>

enum ft_action {
    FT_ACT_NONE,
#define X(id, word, usage, keys, scope, help) FT_ACT_##id,
    FT_ACTION_LIST(X)
#undef X
        FT_ACT_COUNT
};

/* Where keys work. Screens lie in ALL, panel scopes in their screen; FIELD is a text field
 * anywhere. */
#define FT_SCOPE_LIST(X)                                                                           \
    X(ALL, "everywhere", ALL)                                                                      \
    X(DATA, "Data", ALL)                                                                           \
    X(MODEL, "Model", ALL)                                                                         \
    X(TUNE, "Tune", ALL)                                                                           \
    X(TRAIN, "Train", ALL)                                                                         \
    X(EVALUATE, "Evaluate", ALL)                                                                   \
    X(PREDICT, "Predict", ALL)                                                                     \
    X(RUNS, "Runs", ALL)                                                                           \
    X(DATA_CLEAN, "Clean", DATA)                                                                   \
    X(DATA_COLUMNS, "Columns", DATA)                                                               \
    X(DATA_TOKENS, "Tokens", DATA)                                                                 \
    X(DATA_DOUBTS, "Doubtful labels", DATA)                                                        \
    X(MODEL_PULL, "Pull", MODEL)                                                                   \
    X(RUNS_QUEUE, "Queue", RUNS)                                                                   \
    X(FIELD, "text field", ALL)

enum ft_scope {
#define X(id, name, outer) FT_SCOPE_##id,
    FT_SCOPE_LIST(X)
#undef X
        FT_SCOPE_COUNT
};

struct ft_action_row {
    const char *word, *usage, *keys, *help;
    enum ft_scope scope;
};
/* The movement that an action is, FT_MOVE_NONE when it is another. */
enum ft_move ft_action_move(enum ft_action a);

/* The row of an action, never NULL for a < FT_ACT_COUNT. */
const struct ft_action_row *ft_action_row(enum ft_action a);
const char *ft_scope_name(enum ft_scope s);
enum ft_scope ft_scope_outer(enum ft_scope s); /* ALL's is ALL */

/* The action of a key: the innermost scope that binds it wins. In FT_SCOPE_FIELD only keys that are
 * not typing (no plain characters) are looked up. FT_ACT_NONE when nothing does. */
enum ft_action ft_action_of_key(enum ft_scope s, const struct ft_key *k);
/* The action of a command-line word as seen from scope s: s first, then outwards, then any other
 * scope. */
enum ft_action ft_action_of_word(enum ft_scope s, const char *word);
/* The words, sorted, without duplicates; *n: how many. Owned by the table. */
const char *const *ft_action_words(size_t *n);
/* The known word nearest to this one, or NULL. */
const char *ft_action_nearest(const char *word);

/* An item of the key line. `b` is FT_ACT_NONE unless two keys share the label. */
struct ft_footer_item {
    enum ft_action a, b;
    const char *label;
};
/* The items of scope s, or of the nearest outer scope that has some; returns how many. */
size_t ft_footer_items(enum ft_scope s, const struct ft_footer_item **out);
/* "Enter read" into buf. */
char *ft_footer_text(const struct ft_footer_item *item, enum ft_scope s, char *buf, size_t size);

/* The first key of an action by name, "" when it has none. */
void ft_action_key_name(enum ft_action a, char *buf, size_t size);
/* Common keys that not every screen has something for: find, filter, sort, write, open. */
bool ft_action_by_screen(enum ft_action a);
/* Is one of the action's keys reached in scope s (not hidden by an inner scope)? */
bool ft_action_reached(enum ft_scope s, enum ft_action a);

/* false: the action does nothing now, `why` is the reason ("": none given). */
typedef bool ft_action_works_fn(void *arg, enum ft_action a, char *why, size_t size);
/* The `?` page of scope s as lines "keys<TAB>help<TAB>word", innermost scope first, each scope with
 * a head line that has no tab. What does not work now has "<TAB>why" behind it. `works` may be
 * NULL: everything does. */
void ft_action_help(enum ft_scope s, ft_action_works_fn *works, void *arg, struct ft_str *out);
/* Every row as a Markdown table for the manual. */
void ft_action_manual(struct ft_str *out);

#endif
