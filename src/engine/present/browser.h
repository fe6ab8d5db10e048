/* The models of this machine as a screen sees them: the list and the one that is looked at, both
 * read in the background, and a text in its pieces.
 *
 *     struct ft_browser *b = ft_browser_new(&wake);
 *     ft_browser_list(b, "runs", model);                 the list, and `model` in it whatever it is
 *     ft_browser_look(b, name, &ask);                    whenever what is asked changes
 *     ft_browser_tokens(b, text, n);
 *     ... each time `wake` is readable: if (ft_browser_follow(b)) redraw;
 *     ft_browser_free(b);
 *
 * Asking for what is there already, or comes already, costs nothing. Threads: main thread only; its
 * own workers are met inside. No call waits for them, but for ft_browser_free. */
#ifndef FT_ENGINE_PRESENT_BROWSER_H
#define FT_ENGINE_PRESENT_BROWSER_H

#include "engine/model/model_facts.h"
#include "engine/model/models.h"
#include "engine/present/pieces.h"
#include "engine/options/job.h"

struct ft_browser;
struct ft_browser *ft_browser_new(struct ft_wake *wake);
void ft_browser_free(struct ft_browser *b);

/* Reads the list anew. Entries come as they are read; those of before stay until the new ones are
 * whole. */
void ft_browser_list(struct ft_browser *b, const char *runs, const char *also);
/* What is inside `name`; NULL: nothing is looked at. */
void ft_browser_look(struct ft_browser *b, const char *name, const struct ft_model_ask *ask);
/* Its pieces of this text, now and for each model that is looked at later. */
void ft_browser_tokens(struct ft_browser *b, const char *text, size_t n);

bool ft_browser_follow(struct ft_browser *b); /* true when something changed */
/* Ends what goes on; list and facts of before stay, pieces of another text do not. */
void ft_browser_cancel(struct ft_browser *b);
bool ft_browser_busy(struct ft_browser *b, struct ft_job_view *view);
uint64_t ft_browser_version(const struct ft_browser *b); /* counts contents */

/* --- the list --- */
size_t ft_browser_count(const struct ft_browser *b);
const struct ft_model_entry *ft_browser_entry(const struct ft_browser *b, size_t i);
bool ft_browser_whole(const struct ft_browser *b); /* all of it was read */
/* Why the last listing failed; code 0: it did not. */
const struct ft_err *ft_browser_list_failed(const struct ft_browser *b);

/* --- the one looked at --- */
/* NULL: not read yet, or not readable. They are of the model that was asked for last; where only
 * the question changed, the old answer stays until the new one comes. */
const struct ft_model_facts *ft_browser_facts(const struct ft_browser *b);
const struct ft_err *ft_browser_look_failed(const struct ft_browser *b);
/* The pieces of the text asked for, NULL: not made (yet). */
const struct ft_pieces *ft_browser_pieces(const struct ft_browser *b);
const struct ft_err *ft_browser_tokens_failed(const struct ft_browser *b);
/* "WordPiece, 30,522 pieces, uncased"; "" while it is not read. */
const char *ft_browser_tokenizer(const struct ft_browser *b);
const char *ft_browser_unknown(const struct ft_browser *b); /* "[UNK]"; "" none */

#endif
