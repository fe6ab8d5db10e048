/* Names of keys. */
#include "ui/term/key.h"

#include "ui/term/canvas.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const names[FT_KEY_COUNT] = {
#define X(id, name) [FT_KEY_##id] = name,
    FT_KEY_LIST(X)
#undef X
};

bool ft_key_parse(const char *name, struct ft_key *out)
{
    static const struct {
        const char *prefix;
        unsigned mod;
    } mods[] = {{"Ctrl-", FT_MOD_CTRL}, {"Alt-", FT_MOD_ALT}, {"Shift-", FT_MOD_SHIFT}};
    *out = (struct ft_key){0};
    for (bool found = true; found;) {
        found = false;
        for (size_t i = 0; i < sizeof mods / sizeof *mods; i++) {
            size_t n = strlen(mods[i].prefix);
            if (strncasecmp(name, mods[i].prefix, n) || !name[n]) continue;
            out->mods |= mods[i].mod;
            name += n;
            found = true;
        }
    }
    size_t len = strlen(name);
    if (!len) return false;
    uint32_t cp;
    if (ft_text_next(name, len, &cp) == len && cp >= 0x20) {
        out->code = FT_KEY_CHAR;
        out->cp = out->mods & FT_MOD_CTRL && cp >= 'A' && cp <= 'Z' ? cp + 32 : cp;
        return true;
    }
    if (!strcasecmp(name, "Space")) {
        out->code = FT_KEY_CHAR;
        out->cp = ' ';
        return true;
    }
    for (int i = 0; i < FT_KEY_COUNT; i++) {
        if (!names[i] || strcasecmp(name, names[i])) continue;
        out->code = (enum ft_key_code)i;
        return true;
    }
    return false;
}

char *ft_key_name(const struct ft_key *k, char *buf, size_t size)
{
    const char *ctrl = k->mods & FT_MOD_CTRL ? "Ctrl-" : "",
               *alt = k->mods & FT_MOD_ALT ? "Alt-" : "",
               *shift = k->mods & FT_MOD_SHIFT ? "Shift-" : "";
    if (k->code == FT_KEY_CHAR && k->cp == ' ') {
        snprintf(buf, size, "%s%sSpace", ctrl, alt);
    } else if (k->code == FT_KEY_CHAR) {
        uint32_t cp = k->cp;
        if (k->mods & FT_MOD_CTRL && cp >= 'a' && cp <= 'z') cp -= 32;
        struct ft_str text = {0};
        ft_text_add(&text, cp);
        snprintf(buf, size, "%s%s%s", ctrl, alt, ft_str_text(&text));
        ft_str_release(&text);
    } else if (k->code < FT_KEY_COUNT && names[k->code]) {
        snprintf(buf, size, "%s%s%s%s", ctrl, alt, shift, names[k->code]);
    } else {
        snprintf(buf, size, "%s", k->code == FT_KEY_PASTE ? "paste" : "");
    }
    return buf;
}

bool ft_key_same(const struct ft_key *a, const struct ft_key *b)
{
    return a->code == b->code && a->mods == b->mods && a->cp == b->cp;
}

bool ft_key_is(const struct ft_key *k, char ch)
{
    return k->code == FT_KEY_CHAR && !(k->mods & (FT_MOD_CTRL | FT_MOD_ALT)) &&
           k->cp == (uint32_t)(unsigned char)ch;
}

bool ft_key_is_text(const struct ft_key *k)
{
    return k->code == FT_KEY_CHAR && !(k->mods & (FT_MOD_CTRL | FT_MOD_ALT));
}
