/* The available models for screens: the list and the selected model, both read in the background,
 * and the tokens of a text.
 *
 *     struct ft_model_list *b = ft_model_list_new(&wake);
 *     ft_model_list_list(b, "runs", model);      the list; `model` is always in it
 *     ft_model_list_look(b, name, &ask);         whenever the request changes
 *     ft_model_list_tokens(b, text, n);
 *     ... each time `wake` is readable: if (ft_model_list_follow(b)) redraw;
 *     ft_model_list_free(b);
 *
 * Requesting something already loaded or being loaded costs nothing. Threads: main thread only; it
 * has its own workers, which only ft_model_list_free waits for. */
#ifndef FT_ENGINE_PRESENT_MODEL_LIST_H
#define FT_ENGINE_PRESENT_MODEL_LIST_H

#include "engine/model/model_facts.h"
#include "engine/model/models.h"
#include "engine/present/text_tokens.h"
#include "engine/options/job.h"

struct ft_model_list;
struct ft_model_list *ft_model_list_new(struct ft_wake *wake);
void ft_model_list_free(struct ft_model_list *b);

/* Reads the list anew. Entries come as they are read; those of before stay until the new ones are
 * whole. */
void ft_model_list_list(struct ft_model_list *b, const char *runs, const char *also);
/* What is inside `name`; NULL: nothing is looked at. */
void ft_model_list_look(struct ft_model_list *b, const char *name, const struct ft_model_ask *ask);
/* Its pieces of this text, now and for each model that is looked at later. */
void ft_model_list_tokens(struct ft_model_list *b, const char *text, size_t n);

bool ft_model_list_follow(struct ft_model_list *b); /* true when something changed */
/* Cancels the work in progress; list and facts stay, tokens of another text do not. */
void ft_model_list_cancel(struct ft_model_list *b);
bool ft_model_list_busy(struct ft_model_list *b, struct ft_job_view *view);
uint64_t ft_model_list_version(const struct ft_model_list *b); /* counts contents */

/* --- the list --- */
size_t ft_model_list_count(const struct ft_model_list *b);
const struct ft_model_entry *ft_model_list_entry(const struct ft_model_list *b, size_t i);
bool ft_model_list_whole(const struct ft_model_list *b); /* all of it was read */
/* Why the last listing failed; code 0: it did not. */
const struct ft_err *ft_model_list_list_failed(const struct ft_model_list *b);

/* --- the one looked at --- */
/* NULL: not read yet, or not readable. They are of the model that was asked for last; where only
 * the question changed, the old answer stays until the new one comes. */
const struct ft_model_facts *ft_model_list_facts(const struct ft_model_list *b);
const struct ft_err *ft_model_list_look_failed(const struct ft_model_list *b);
/* The pieces of the text asked for, NULL: not made (yet). */
const struct ft_text_tokens *ft_model_list_text_tokens(const struct ft_model_list *b);
const struct ft_err *ft_model_list_tokens_failed(const struct ft_model_list *b);
/* "WordPiece, 30,522 pieces, uncased"; "" while it is not read. */
const char *ft_model_list_tokenizer(const struct ft_model_list *b);
const char *ft_model_list_unknown(const struct ft_model_list *b); /* "[UNK]"; "" none */

#endif
