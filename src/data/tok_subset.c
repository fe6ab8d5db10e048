/* Fewer tokens: see tok_subset.h. Which are kept is decided over the old ids; the new tokenizer is
 * then parsed from the old one's tokenizer.json with the rest taken out, so that whatever else that
 * file says stays as it is. */
#include "data/tok_subset.h"
#include "data/tok_in.h"
#include "util/json.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct ft_tok_subset {
    const struct ft_tok *tok;
    bool *keep; /* by old id */
    size_t size;
    size_t *first, *makers;   /* makers[first[id] .. first[id + 1]): the merges that make id */
    int32_t *added;           /* the ids that the current ft_tok_subset_add marks */
    int32_t *new_of, *old_of; /* after ft_tok_subset_make */
};

/* ---- the base ---- */

/* For each token the merges that make it, as one list with offsets. */
static void index_merges(struct ft_tok_subset *s)
{
    const struct ft_tok *tok = s->tok;
    s->first = ft_xcalloc(tok->n + 2, sizeof *s->first);
    s->makers = ft_xcalloc(tok->merge_list_n + 1, sizeof *s->makers);
    for (size_t i = 0; i < tok->merge_list_n; i++)
        s->first[tok->merge_list[i].made + 2]++;
    for (size_t i = 2; i < tok->n + 2; i++)
        s->first[i] += s->first[i - 1];
    for (size_t i = 0; i < tok->merge_list_n; i++)
        s->makers[s->first[tok->merge_list[i].made + 1]++] = i;
}

static size_t prefix_length(const struct ft_tok *tok, const struct tok_entry *e)
{
    size_t n = tok->prefix ? strlen(tok->prefix) : 0;
    return n && e->len > n && !memcmp(e->text, tok->prefix, n) ? n : 0;
}

/* One character that every text may need, with or without the prefix of a continuation: of BPE each,
 * because they stand for the bytes; of the others those of ASCII, and the mark of blanks. */
static bool is_single(const struct ft_tok *tok, const struct tok_entry *e)
{
    size_t skip = prefix_length(tok, e), at = 0;
    if (tok->model == FT_TOK_UNIGRAM && tok->pre_n && e->len > 1)
        return ft_uni_next(e->text, e->len, &at) == tok->pre[tok->pre_n - 1].mark && at == e->len;
    if (tok->model != FT_TOK_BPE) return e->len - skip == 1 && (unsigned char)e->text[skip] < 0x80;
    return ft_uni_count(e->text + skip, e->len - skip) == 1 ||
           (skip && ft_uni_count(e->text, e->len) == 1);
}

/* Whether the single characters of a WordPiece token are tokens. */
static bool can_spell(const struct ft_tok *tok, const struct tok_entry *e)
{
    size_t skip = prefix_length(tok, e);
    bool inside = skip > 0;
    for (size_t i = skip, from; i < e->len; inside = true) {
        from = i;
        ft_uni_next(e->text, e->len, &i);
        const struct tok_map *map = inside ? &tok->inner : &tok->vocab;
        if (tok_map_get(map, tok_hash(e->text + from, i - from), e->text + from, i - from) < 0)
            return false;
    }
    return true;
}

/* Unigram: the piece with the lowest score, from which the score of unknown characters follows; and
 * the bytes that those become. */
static void keep_scores(struct ft_tok_subset *s)
{
    const struct ft_tok *tok = s->tok;
    size_t lowest = 0;
    for (size_t id = 0; id < tok->scores_n; id++) {
        const struct tok_entry *e = &tok->entries[id];
        lowest = tok->scores[id] < tok->scores[lowest] ? id : lowest;
        if (tok->byte_fallback && e->len == 6 && !memcmp(e->text, "<0x", 3) && e->text[5] == '>')
            ft_tok_subset_add(s, (int32_t)id, SIZE_MAX);
    }
    if (tok->scores_n) ft_tok_subset_add(s, (int32_t)lowest, SIZE_MAX);
}

static void keep_base(struct ft_tok_subset *s)
{
    const struct ft_tok *tok = s->tok;
    keep_scores(s);
    for (size_t i = 0; i < FT_TOK_SPECIALS; i++)
        ft_tok_subset_add(s, tok->special[i], SIZE_MAX);
    ft_tok_subset_add(s, tok->unk, SIZE_MAX);
    for (size_t i = 0; i < tok->added_n; i++)
        ft_tok_subset_add(s, tok->added[i].id, SIZE_MAX);
    for (size_t i = 0; i < tok->single.n; i++)
        ft_tok_subset_add(s, tok->single.items[i].id, SIZE_MAX);
    for (size_t i = 0; i < tok->pair.n; i++)
        ft_tok_subset_add(s, tok->pair.items[i].id, SIZE_MAX);
    for (size_t id = 0; id < tok->n; id++) {
        const struct tok_entry *e = &tok->entries[id];
        if (!e->text) continue;
        if (e->special || is_single(tok, e)) ft_tok_subset_add(s, (int32_t)id, SIZE_MAX);
    }
}

/* WordPiece: pieces with a character that has no token of its own. Placeholders such as [unused1],
 * which no text gives, are none of them. */
static void keep_unspelled(struct ft_tok_subset *s)
{
    const struct ft_tok *tok = s->tok;
    for (size_t id = 0; tok->model == FT_TOK_WORDPIECE && id < tok->n; id++) {
        const struct tok_entry *e = &tok->entries[id];
        if (!e->text || s->keep[id] || e->text[0] == '[') continue;
        if (!can_spell(tok, e)) ft_tok_subset_add(s, (int32_t)id, SIZE_MAX);
    }
}

struct ft_tok_subset *ft_tok_subset_new(const struct ft_tok *tok)
{
    struct ft_tok_subset *s = ft_xcalloc(1, sizeof *s);
    s->tok = tok;
    s->keep = ft_xcalloc(tok->n + 1, sizeof *s->keep);
    s->added = ft_xcalloc(tok->n + 1, sizeof *s->added);
    index_merges(s);
    keep_base(s);
    keep_unspelled(s);
    return s;
}

void ft_tok_subset_free(struct ft_tok_subset *s)
{
    if (!s) return;
    free(s->keep);
    free(s->first);
    free(s->makers);
    free(s->added);
    free(s->new_of);
    free(s->old_of);
    free(s);
}

/* ---- more tokens ---- */

size_t ft_tok_subset_add(struct ft_tok_subset *s, int32_t id, size_t room)
{
    const struct ft_tok *tok = s->tok;
    size_t n = 0;
    if (id < 0 || (size_t)id >= tok->n || s->keep[id] || !room) return 0;
    const struct tok_entry *e = &tok->entries[id];
    bool twice = tok->model != FT_TOK_UNIGRAM && e->text && tok_find(tok, e->text, e->len) != id;
    if (!e->text || twice) return 0; /* a line twice in vocab.txt */
    s->keep[id] = true;
    s->added[n++] = id;
    for (size_t at = 0; at < n && n <= room; at++) {
        int32_t made = s->added[at];
        for (size_t k = s->first[made]; k < s->first[made + 1]; k++) {
            struct tok_pair m = tok->merge_list[s->makers[k]];
            int32_t part[] = {m.a, m.b};
            for (size_t i = 0; i < 2; i++) {
                if (s->keep[part[i]]) continue;
                s->keep[part[i]] = true;
                s->added[n++] = part[i];
            }
        }
    }
    if (n > room) { /* taken back */
        while (n)
            s->keep[s->added[--n]] = false;
        return 0;
    }
    s->size += n;
    return n;
}

bool ft_tok_subset_has(const struct ft_tok_subset *s, int32_t id)
{
    return id >= 0 && (size_t)id < s->tok->n && s->keep[id];
}

size_t ft_tok_subset_size(const struct ft_tok_subset *s)
{
    return s->size;
}

/* ---- the new tokenizer ---- */

static void number(struct ft_tok_subset *s)
{
    int32_t next = 0;
    free(s->new_of);
    free(s->old_of);
    s->new_of = ft_xmalloc((s->tok->n + 1) * sizeof *s->new_of);
    s->old_of = ft_xmalloc((s->size + 1) * sizeof *s->old_of);
    for (size_t i = 0; i < s->tok->n; i++) {
        s->new_of[i] = s->keep[i] ? next : -1;
        if (s->keep[i]) s->old_of[next++] = (int32_t)i;
    }
}

int32_t ft_tok_subset_new_id(const struct ft_tok_subset *s, int64_t old_id)
{
    return old_id >= 0 && (uint64_t)old_id < s->tok->n ? s->new_of[old_id] : -1;
}

int32_t ft_tok_subset_old_id(const struct ft_tok_subset *s, int32_t new_id)
{
    return new_id >= 0 && (size_t)new_id < s->size ? s->old_of[new_id] : -1;
}

/* A number in a file; -1 when it is no id of a kept token. */
static int32_t mapped(const struct ft_tok_subset *s, double old)
{
    return old >= 0 && old < (double)s->tok->n ? s->new_of[(size_t)old] : -1;
}

/* Unigram: a list of pieces, whose place is their id. */
static void map_pieces(const struct ft_tok_subset *s, cJSON *model)
{
    cJSON *old = cJSON_DetachItemFromObjectCaseSensitive(model, "vocab");
    cJSON *list = cJSON_CreateArray(), *unk = cJSON_GetObjectItemCaseSensitive(model, "unk_id");
    for (size_t id = 0; old && old->child; id++) {
        cJSON *item = cJSON_DetachItemViaPointer(old, old->child);
        if (mapped(s, (double)id) >= 0)
            cJSON_AddItemToArray(list, item);
        else
            cJSON_Delete(item);
    }
    cJSON_Delete(old);
    cJSON_AddItemToObject(model, "vocab", list);
    if (cJSON_IsNumber(unk)) cJSON_SetNumberValue(unk, mapped(s, unk->valuedouble));
}

static void map_vocab(const struct ft_tok_subset *s, cJSON *model)
{
    const cJSON *old = ft_json_get(model, "vocab"), *item;
    cJSON *vocab = cJSON_CreateObject();
    cJSON_ArrayForEach(item, old)
    {
        int32_t id = mapped(s, item->valuedouble);
        if (id >= 0) cJSON_AddNumberToObject(vocab, item->string, id);
    }
    cJSON_ReplaceItemInObjectCaseSensitive(model, "vocab", vocab);
}

/* The merges of the file are those of merge_list, one by one. */
static void map_merges(const struct ft_tok_subset *s, cJSON *model)
{
    cJSON *old = cJSON_DetachItemFromObjectCaseSensitive(model, "merges");
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; old && old->child && i < s->tok->merge_list_n; i++) {
        cJSON *item = cJSON_DetachItemViaPointer(old, old->child);
        if (s->keep[s->tok->merge_list[i].made])
            cJSON_AddItemToArray(list, item);
        else
            cJSON_Delete(item);
    }
    cJSON_Delete(old);
    cJSON_AddItemToObject(model, "merges", list);
}

/* Everything in a post-processor that is an id: "ids": [..], "sep" and "cls": [text, id]. */
static void map_post(const struct ft_tok_subset *s, cJSON *obj)
{
    cJSON *item, *id;
    cJSON_ArrayForEach(item, obj)
    {
        bool named = item->string && cJSON_IsArray(item) &&
                     (!strcmp(item->string, "sep") || !strcmp(item->string, "cls"));
        if (item->string && !strcmp(item->string, "ids")) {
            cJSON_ArrayForEach(id, item) if (cJSON_IsNumber(id))
                cJSON_SetNumberValue(id, mapped(s, id->valuedouble));
        } else if (named && cJSON_IsNumber(id = cJSON_GetArrayItem(item, 1))) {
            cJSON_SetNumberValue(id, mapped(s, id->valuedouble));
        } else {
            map_post(s, item);
        }
    }
}

static void map_added(const struct ft_tok_subset *s, cJSON *list)
{
    cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        cJSON *id = cJSON_GetObjectItemCaseSensitive(item, "id");
        const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "content"));
        /* the vocabulary's own id counts where it has the token */
        int32_t old = text ? tok_find(s->tok, text, strlen(text)) : -1;
        if (cJSON_IsNumber(id) && old >= 0) cJSON_SetNumberValue(id, s->new_of[old]);
    }
}

/* added_tokens_decoder of tokenizer_config.json: its keys are ids. */
static char *map_config(const struct ft_tok_subset *s, const char *text)
{
    cJSON *tree = text ? cJSON_Parse(text) : NULL, *old, *item;
    if (!tree) return NULL;
    old = cJSON_DetachItemFromObjectCaseSensitive(tree, "added_tokens_decoder");
    if (old) {
        cJSON *now = cJSON_AddObjectToObject(tree, "added_tokens_decoder");
        while ((item = old->child)) {
            long long id;
            cJSON_DetachItemViaPointer(old, item);
            int32_t to =
                item->string && ft_parse_i64(item->string, &id) ? mapped(s, (double)id) : -1;
            char *key = ft_xprintf("%d", (int)to);
            if (to >= 0)
                cJSON_AddItemToObject(now, key, item);
            else
                cJSON_Delete(item);
            free(key);
        }
        cJSON_Delete(old);
    }
    char *out = cJSON_PrintUnformatted(tree);
    cJSON_Delete(tree);
    return out;
}

static enum ft_status small_json(const struct ft_tok_subset *s, char **text, struct ft_err *err)
{
    cJSON *tree = tok_json_tree(s->tok);
    cJSON *model = cJSON_GetObjectItemCaseSensitive(tree, "model");
    if (s->tok->model == FT_TOK_UNIGRAM)
        map_pieces(s, model);
    else
        map_vocab(s, model);
    if (s->tok->model == FT_TOK_BPE) map_merges(s, model);
    map_added(s, cJSON_GetObjectItemCaseSensitive(tree, "added_tokens"));
    map_post(s, cJSON_GetObjectItemCaseSensitive(tree, "post_processor"));
    *text = cJSON_PrintUnformatted(tree);
    cJSON_Delete(tree);
    return *text ? FT_OK : ft_fail(err, FT_NOMEM, "no memory for the smaller tokenizer.json");
}

enum ft_status ft_tok_subset_make(struct ft_tok_subset *s, struct ft_tok **out, struct ft_err *err)
{
    static const char name[] = "the smaller tokenizer";
    const struct ft_tok *tok = s->tok;
    struct ft_tok *small = NULL;
    char *text = NULL;
    number(s);
    enum ft_status st = small_json(s, &text, err);
    *out = NULL;
    if (!st) st = tok_json_parse(&small, text, strlen(text), name, err);
    if (!st) {
        small->class_name = ft_xstrdup(tok->class_name);
        small->length_max = tok->length_max;
        small->config_json = map_config(s, tok->config_json);
        small->specials_json = ft_xstrdup(tok->specials_json);
        small->spm = tok->spm ? ft_xmalloc(tok->spm_n + 1) : NULL;
        if (tok->spm) memcpy(small->spm, tok->spm, tok->spm_n);
        small->spm_n = tok->spm_n;
        small->spm_name = tok->spm_name;
        small->spm_changed = true;
        for (size_t i = 0; i < FT_TOK_SPECIALS; i++)
            small->special[i] = ft_tok_subset_new_id(s, tok->special[i]);
        st = tok_finish(small, name, err);
    }
    if (!st && small->n != s->size)
        st = ft_fail(err, FT_FORMAT,
                     "%s: has %zu tokens, expected %zu; is a token in tokenizer.json twice?", name,
                     small->n, s->size);
    if (st) {
        ft_tok_free(small);
        small = NULL;
    }
    *out = small;
    free(text);
    return st;
}
