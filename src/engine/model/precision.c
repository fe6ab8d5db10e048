/* What core has, in the words of the option. */
#include "engine/model/precision.h"

#include "core/gemm.h"
#include "core/net.h"

#include <stddef.h>

const char *ft_precision_name(enum ft_precision p)
{
    static const char *const names[] = {
#define X(id, word) [FT_PRECISION_##id] = word,
        FT_PRECISION_LIST(X)
#undef X
    };
    return names[p];
}

bool ft_precision_has(enum ft_precision p)
{
    return p == FT_PRECISION_BF16   ? ft_net_has(FT_NET_BF16)
           : p == FT_PRECISION_INT8 ? ft_net_has(FT_NET_INT8)
                                    : true;
}

enum ft_precision ft_precision_used(const struct ft_options *o, struct ft_str *why)
{
    enum ft_precision wanted = (enum ft_precision)ft_options_choice(o, FT_OPT_precision);
    if (wanted == FT_PRECISION_AUTO) return FT_PRECISION_FP32;
    if (ft_precision_has(wanted)) return wanted;
    if (why)
        ft_str_addf(why, "precision %s: %s; fp32 is used", ft_precision_name(wanted),
                    wanted == FT_PRECISION_BF16
                        ? ft_gemm_bf16_missing()
                        : "this processor multiplies 8-bit numbers no faster than fp32");
    return FT_PRECISION_FP32;
}

char *ft_precisions_text(bool train)
{
    static const enum ft_precision all[] = {FT_PRECISION_FP32, FT_PRECISION_BF16,
                                            FT_PRECISION_INT8};
    struct ft_str s = {0};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (ft_precision_has(all[i]) && !(train && all[i] == FT_PRECISION_INT8))
            ft_str_addf(&s, "%s%s", s.len ? ", " : "", ft_precision_name(all[i]));
    return ft_str_take(&s);
}
