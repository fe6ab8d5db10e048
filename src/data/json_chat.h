/* Conversations in JSON: a list of turns becomes one text, a line for each turn, "user: Hello".
 *   [{"role":"user","content":".."},..]     also from, speaker..; value, text..
 *   [{"human":"..","assistant":".."},..]    the speaker is the key
 * Private to the JSON reader. */
#ifndef FT_DATA_JSON_CHAT_H
#define FT_DATA_JSON_CHAT_H

#include "data/jscan.h"

/* Takes the list at s when all of it are turns, its text to *out (in s->arena). *silent counts
 * turns without text, which are left out. false: it is something else, and s is where it was. */
bool ft_json_chat(struct ft_jscan *s, struct ft_text *out, size_t *silent);

#endif
