/*
 * finding.h: what every probe needs to report a finding. docs/probes.md is the contract.
 *
 * A finding is one JSON line on stdout: begin_finding, then its fields, then end_finding.
 */
#ifndef FINDING_H
#define FINDING_H

#include <stddef.h>
#include <stdint.h>

_Noreturn void die(const char *call);
_Noreturn void say_missing(const char *what, const char *remedy);

/* The value of the argument name=value, or otherwise where there is none. */
long read_argument(int count, char **words, const char *name, long otherwise);

void begin_finding(const char *probe);
void add_text(const char *name, const char *value);
void add_whole(const char *name, long long value);
void add_real(const char *name, double value);
void end_finding(void);

/* Ask the runner to sample the server's accounting under this name, and wait until it is done. */
void ask_for_sample(const char *name);

/* Times in nanoseconds. user_and_system reports the calling thread; the sum is exact. */
int64_t now(void);
int64_t thread_cpu(void);
int64_t process_cpu(void);
void user_and_system(int64_t *user, int64_t *system);

/* Raise the soft limit on descriptors to the hard limit and return it. */
long raise_nofile(void);

int compare_times(const void *left, const void *right);

#endif
