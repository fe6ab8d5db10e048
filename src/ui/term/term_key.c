/* Keys from curses: function keys, Alt as Esc and a character at once, bracketed paste as one
 * event, mouse. Answers of the terminal that come late (to OSC 11, for example) are swallowed, not
 * typed. */
#include "ui/term/term_in.h"

#include <curses.h>
#include <langinfo.h>
#include <stdio.h>
#include <string.h>

enum {
    KEY_PASTE_START = KEY_MAX + 1,
    KEY_PASTE_END,
    KEY_CTRL_LEFT,
    KEY_CTRL_RIGHT,
    KEY_SHIFT_LEFT,
    KEY_SHIFT_RIGHT,
};
enum { PASTE_BYTES = 1 << 20 };

void term_keys_define(struct ft_term *t)
{
    static const struct {
        const char *sequence;
        int code;
    } keys[] = {
        {"\033[200~", KEY_PASTE_START},
        {"\033[201~", KEY_PASTE_END},
        {"\033[1;5D", KEY_CTRL_LEFT},
        {"\033[1;5C", KEY_CTRL_RIGHT},
        {"\033[1;2D", KEY_SHIFT_LEFT},
        {"\033[1;2C", KEY_SHIFT_RIGHT},
        {"\033[Z", KEY_BTAB},
        {"\033[1~", KEY_HOME},
        {"\033[4~", KEY_END},
        {"\033[H", KEY_HOME},
        {"\033[F", KEY_END},
        {"\033[5~", KEY_PPAGE},
        {"\033[6~", KEY_NPAGE},
        {"\033[3~", KEY_DC},
        {"\033[2~", KEY_IC},
        {"\033OP", KEY_F(1)},
        {"\033[11~", KEY_F(1)},
        {"\033[A", KEY_UP},
        {"\033[B", KEY_DOWN},
        {"\033[C", KEY_RIGHT},
        {"\033[D", KEY_LEFT},
        {"\033OA", KEY_UP},
        {"\033OB", KEY_DOWN},
        {"\033OC", KEY_RIGHT},
        {"\033OD", KEY_LEFT},
    };
    (void)t;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        define_key(keys[i].sequence, keys[i].code);
}

/* Bytes of the character that begins with this one; 0: none does. */
static size_t utf8_need(unsigned char lead)
{
    if (lead < 0x80) return 1;
    return lead >= 0xc2 && lead <= 0xdf   ? 2
           : lead >= 0xe0 && lead <= 0xef ? 3
           : lead >= 0xf0 && lead <= 0xf4 ? 4
                                          : 0;
}

/* A character put together from its bytes: a read may end inside one, and get_wch loses what it has
 * of it then. What is no UTF-8 becomes U+FFFD. As get_wch: OK, KEY_CODE_YES or ERR. */
static int get_utf8(struct ft_term *t, wint_t *wc)
{
    for (;;) {
        int b = getch();
        if (b == ERR) return ERR;
        bool key = b >= KEY_MIN, first = !t->part_n;
        if (key && first) {
            *wc = (wint_t)b;
            return KEY_CODE_YES;
        }
        if (!first && (key || (b & 0xc0) != 0x80)) { /* the rest does not come any more */
            ungetch(b);
            t->part_n = 0;
            *wc = 0xfffd;
            return OK;
        }
        t->part[t->part_n++] = (char)b;
        size_t need = utf8_need((unsigned char)t->part[0]);
        if (t->part_n < need) continue;
        uint32_t cp = 0xfffd;
        if (need && ft_utf8_len(t->part, need)) ft_text_next(t->part, need, &cp);
        t->part_n = 0;
        *wc = cp;
        return OK;
    }
}

/* The next character or key; false when there is none. */
static bool next(struct ft_term *t, wint_t *wc, bool *is_key)
{
    if (t->pending_n) {
        *wc = t->pending[0];
        *is_key = false;
        memmove(t->pending, t->pending + 1, (size_t)--t->pending_n * sizeof *t->pending);
        return true;
    }
    int got = strcmp(nl_langinfo(CODESET), "UTF-8") ? get_wch(wc) : get_utf8(t, wc);
    *is_key = got == KEY_CODE_YES;
    return got != ERR;
}

/* Gives a character back that `next` took: it comes first again. */
static void unread(struct ft_term *t, wint_t wc)
{
    if (t->pending_n == TERM_PENDING) t->pending_n--;
    memmove(t->pending + 1, t->pending, (size_t)t->pending_n * sizeof *t->pending);
    t->pending[0] = wc;
    t->pending_n++;
}

static const struct {
    int curses;
    enum ft_key_code code;
    unsigned mods;
} table[] = {
    {KEY_UP, FT_KEY_UP, 0},
    {KEY_DOWN, FT_KEY_DOWN, 0},
    {KEY_LEFT, FT_KEY_LEFT, 0},
    {KEY_RIGHT, FT_KEY_RIGHT, 0},
    {KEY_SLEFT, FT_KEY_LEFT, FT_MOD_SHIFT},
    {KEY_SRIGHT, FT_KEY_RIGHT, FT_MOD_SHIFT},
    {KEY_SHIFT_LEFT, FT_KEY_LEFT, FT_MOD_SHIFT},
    {KEY_SHIFT_RIGHT, FT_KEY_RIGHT, FT_MOD_SHIFT},
    {KEY_CTRL_LEFT, FT_KEY_LEFT, FT_MOD_CTRL},
    {KEY_CTRL_RIGHT, FT_KEY_RIGHT, FT_MOD_CTRL},
    {KEY_SR, FT_KEY_UP, FT_MOD_SHIFT},
    {KEY_SF, FT_KEY_DOWN, FT_MOD_SHIFT},
    {KEY_HOME, FT_KEY_HOME, 0},
    {KEY_FIND, FT_KEY_HOME, 0},
    {KEY_END, FT_KEY_END, 0},
    {KEY_SELECT, FT_KEY_END, 0},
    {KEY_PPAGE, FT_KEY_PGUP, 0},
    {KEY_NPAGE, FT_KEY_PGDN, 0},
    {KEY_IC, FT_KEY_INSERT, 0},
    {KEY_DC, FT_KEY_DELETE, 0},
    {KEY_BACKSPACE, FT_KEY_BACKSPACE, 0},
    {KEY_BTAB, FT_KEY_TAB, FT_MOD_SHIFT},
    {KEY_ENTER, FT_KEY_ENTER, 0},
};

static bool mouse_key(struct ft_key *k)
{
    MEVENT ev;
    if (getmouse(&ev) != OK) return false;
    *k = (struct ft_key){.code = FT_KEY_MOUSE, .y = ev.y, .x = ev.x};
    if (ev.bstate & BUTTON1_DOUBLE_CLICKED)
        k->button = FT_BUTTON_DOUBLE;
    else if (ev.bstate & (BUTTON1_PRESSED | BUTTON1_CLICKED))
        k->button = FT_BUTTON_LEFT;
    else if (ev.bstate & BUTTON4_PRESSED)
        k->button = FT_BUTTON_UP;
    else if (ev.bstate & BUTTON5_PRESSED)
        k->button = FT_BUTTON_DOWN;
    return k->button != FT_BUTTON_NONE;
}

/* Everything up to the end mark goes into one text. true when the end came. */
static bool read_paste(struct ft_term *t)
{
    wint_t wc;
    bool is_key;
    while (next(t, &wc, &is_key)) {
        if (is_key && (int)wc == KEY_PASTE_END) return true;
        if (is_key && (int)wc == KEY_ENTER) wc = '\n';
        if (is_key && (int)wc != KEY_ENTER && wc != '\n') continue;
        if (t->paste.len < PASTE_BYTES) ft_text_add(&t->paste, (uint32_t)wc);
    }
    return false;
}

/* After Esc: swallows an answer of the terminal, "]..BEL", "]..Esc \" or "[?..letter". */
static bool swallow(struct ft_term *t, wint_t first)
{
    wint_t wc, before = 0;
    bool is_key;
    if (first != ']' && first != '[' && first != 'P') return false;
    bool csi = first == '[';
    for (int i = 0; i < 256 && next(t, &wc, &is_key) && !is_key; i++) {
        if (csi && wc >= 0x40 && wc <= 0x7e) return true;
        if (!csi && (wc == 7 || (wc == '\\' && before == 27))) return true;
        before = wc;
    }
    return true;
}

/* A character as a key: controls become Ctrl and a letter. */
static void char_key(struct ft_key *k, wint_t wc, unsigned mods)
{
    *k = (struct ft_key){.code = FT_KEY_CHAR, .mods = mods, .cp = (uint32_t)wc};
    if (wc == '\r' || wc == '\n') {
        k->code = FT_KEY_ENTER;
    } else if (wc == '\t') {
        k->code = FT_KEY_TAB;
    } else if (wc == 127 || wc == 8) {
        k->code = FT_KEY_BACKSPACE;
    } else if (wc == 0) {
        k->cp = ' ';
        k->mods |= FT_MOD_CTRL;
        return;
    } else if (wc < 27) {
        k->cp = (uint32_t)wc + 'a' - 1;
        k->mods |= FT_MOD_CTRL;
        return;
    } else if (wc < 32) {
        k->cp = (uint32_t)wc + '@';
        k->mods |= FT_MOD_CTRL;
        return;
    } else {
        return;
    }
    k->cp = 0;
}

bool ft_term_key(struct ft_term *t, struct ft_key *k)
{
    wint_t wc;
    bool is_key;
    for (;;) {
        if (t->pasting) {
            if (!read_paste(t)) return false; /* the rest comes later */
            t->pasting = false;
            *k = (struct ft_key){
                .code = FT_KEY_PASTE, .text = ft_str_text(&t->paste), .n = t->paste.len};
            return true;
        }
        if (!next(t, &wc, &is_key)) return false;
        if (is_key) {
            int code = (int)wc;
            if (code == KEY_PASTE_START) {
                ft_str_clear(&t->paste);
                t->pasting = true;
                continue;
            }
            if (code == KEY_MOUSE) {
                if (mouse_key(k)) return true;
                continue;
            }
            *k = (struct ft_key){0};
            if (code >= KEY_F(1) && code <= KEY_F(12))
                k->code = (enum ft_key_code)(FT_KEY_F1 + (code - KEY_F(1)));
            for (size_t i = 0; i < sizeof table / sizeof *table; i++)
                if (table[i].curses == code)
                    *k = (struct ft_key){.code = table[i].code, .mods = table[i].mods};
            if (k->code) return true;
            continue;
        }
        if (wc == 27) { /* alone, or Alt and what came with it */
            if (!next(t, &wc, &is_key)) {
                *k = (struct ft_key){.code = FT_KEY_ESC};
                return true;
            }
            if (is_key || wc == 27) { /* Esc, then another key */
                if (is_key)
                    ungetch((int)wc);
                else
                    unread(t, wc);
                *k = (struct ft_key){.code = FT_KEY_ESC};
                return true;
            }
            if (swallow(t, wc)) continue;
            char_key(k, wc, FT_MOD_ALT);
            return true;
        }
        char_key(k, wc, 0);
        return true;
    }
}
