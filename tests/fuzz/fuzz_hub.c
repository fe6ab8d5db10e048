/* Any bytes as the answers of a hub: what it says of a model, modules.json and the index of shards
 * (parted by 0 bytes), and an etag. No crash, no name that leaves the folder, an error for what is
 * refused. */
#include "data/hub_info.h"
#include "data/hub_select.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_names(const struct ft_hub_info *info)
{
    if (strlen(info->commit) < 7 ||
        strspn(info->commit, "0123456789abcdefABCDEF") != strlen(info->commit))
        abort();
    for (size_t i = 0; i < info->n; i++) {
        const char *name = info->names[i];
        if (*name == '/' || *name == '.' || strstr(name, "/.") || strstr(name, "//")) abort();
        for (const char *p = name; *p; p++)
            if (iscntrl((unsigned char)*p)) abort();
        if (i && strcmp(info->names[i - 1], name) >= 0) abort();
    }
    for (const char *p = info->licence; *p; p++)
        if ((unsigned char)*p < ' ') abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), etag[FT_HUB_ETAG_MAX + 1];
    if (!text) abort();
    memcpy(text, data, size);
    text[size] = 0;
    size_t n = strlen(text);
    char *modules = n < size ? text + n + 1 : text + n;
    size_t modules_n = strlen(modules);
    char *index = modules + modules_n < text + size ? modules + modules_n + 1 : text + size;
    struct ft_err err = {0};
    struct ft_hub_info info;
    if (ft_hub_etag_parse(etag, text) && (strpbrk(etag, "/.\\ ") || !*etag)) abort();
    if (ft_hub_info_parse(&info, text, n, "fuzz", &err)) {
        if (!err.msg[0]) abort();
    } else {
        check_names(&info);
        bool *wanted = ft_hub_select(&info);
        if (ft_hub_select_modules(&info, wanted, modules, modules_n, &err) && !err.msg[0]) abort();
        for (size_t i = 0; i < info.n; i++)
            if (wanted[i] && ft_hub_is_index(info.names[i]))
                ft_hub_select_shards(&info, wanted, i, index, strlen(index), &err);
        ft_hub_select_check(&info, wanted, "fuzz", &err);
        free(wanted);
        ft_hub_info_release(&info);
    }
    free(text);
    return 0;
}
