/* The part of `fettle audit` that lists near duplicates (--duplicates). */
#ifndef FT_CLI_AUDIT_DUPLICATES_H
#define FT_CLI_AUDIT_DUPLICATES_H

struct ft_args;
/* Prints the list and writes DIR/duplicates.jsonl where there is an output_dir. `text`: the threshold, ""
 * the default one. Returns the exit status. */
int ft_audit_duplicates(const struct ft_args *args, const char *text);

#endif
