/* The one prompt of the program: `:` and every question that is answered by typing. A field with
 * its label, a list of completions above it (commands with their help, options, values, runs,
 * files with size and format), an error for invalid text directly after it, and a history.
 *
 *     struct ft_prompt p = {.kind = "F", .history = &h, .of = "open", ..};
 *     ft_prompt_begin(&p, "reviews.csv");         the text is selected: typing replaces it
 *     used = ft_prompt_key(&p, &key, w);          Enter and Esc are the caller's when not used
 *     ft_prompt_draw(&p, canvas, area, "open:", error);
 *     ft_prompt_release(&p);
 *
 * Tab completes the common prefix, then steps through the list, Shift-Tab back. Up and Down step
 * through the history, or through the list once it has been entered and in prompts for files. Enter
 * or Right on a folder opens it; the wheel scrolls, a click chooses, a second click opens. */
#ifndef FT_UI_APP_PROMPT_H
#define FT_UI_APP_PROMPT_H

#include "ui/app/cmdline.h"
#include "ui/widgets/field.h"
#include "ui/app/history.h"
#include "ui/widgets/list.h"
#include "ui/app/matches.h"

/* Why the command's text is wrong, as a short text into why ("" when it is not); may be NULL. */
typedef void ft_check_fn(void *arg, enum ft_action a, const char *text, char *why, size_t size);

struct ft_prompt {
    /* set by the caller, before ft_prompt_begin */
    const char
        *kind;   /* NULL: a command line. Else of the one value: "F" a file or folder that is there,
                    "D" a folder, "W" a file to write, "RUN".. as in the action table, "" free text */
    char of[32]; /* whose history */
    enum ft_scope scope; /* commands are seen from here */
    struct ft_history *history;
    ft_complete_fn *complete;
    ft_check_fn *check;
    void *arg;           /* of both */
    char *const *recent; /* files, offered before anything is typed ("F") */
    size_t recent_n;

    struct ft_field field;
    size_t at;           /* place in the history; history->n: the text being typed */
    struct ft_str typed; /* what was typed before walking the history */
    struct ft_matches matches;
    struct ft_list list; /* over the matches */
    bool choosing;       /* the selected one stands in the field */
    bool untouched;      /* nothing was typed so far */
    size_t from;         /* byte where the completed part starts */
    struct ft_folder folder;
    char *shown, *exact; /* a path that the field cannot hold as it is: what stands for it */
    char hint[200];      /* behind the text */
    bool hint_bad;
    struct ft_rect list_at;
    int field_x, field_y;
};
void ft_prompt_begin(struct ft_prompt *p, const char *initial);
void ft_prompt_release(struct ft_prompt *p);
/* The text as it is to be taken: paths with their own bytes, "~/" opened; free() it. */
char *ft_prompt_text(const struct ft_prompt *p);
/* true when the key was used: all but Esc, Enter (unless it goes into a folder), and Backspace
 * where there is nothing. A double click on the list is Enter: *enter. */
bool ft_prompt_key(struct ft_prompt *p, const struct ft_key *k, int w, bool *enter);
/* On the last row of `area`; `error` (NULL: none) in the rows above it, the list above that. An
 * area of one row shows the error in the prompt's place. */
void ft_prompt_draw(struct ft_prompt *p, struct ft_canvas *c, struct ft_rect area,
                    const char *label, const char *error);

#endif
