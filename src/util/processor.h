/* The processor of this machine, as the system describes it. */
#ifndef FT_UTIL_PROCESSOR_H
#define FT_UTIL_PROCESSOR_H

/* Its name, and those of its features that decide which kernels are fast ("avx2 fma avx512f"),
 * separated by blanks; NULL where the system gives none; free() both. */
void ft_processor_read(char **name, char **features);
/* Its name, "unknown" where the system gives none; free() it. */
char *ft_processor_name(void);

#endif
