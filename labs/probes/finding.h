/*
 * finding.h: what every probe needs to tell a fact. docs/probes.md is the contract.
 *
 * A finding is one JSON line on stdout: begin_finding, then its fields, then end_finding.
 */
#ifndef FINDING_H
#define FINDING_H

#include <stddef.h>
#include <stdint.h>

_Noreturn void die(const char *call);
_Noreturn void say_missing(const char *what, const char *remedy);

/* name=value among the arguments; otherwise where there is none. */
long read_argument(int count, char **words, const char *name, long otherwise);

void begin_finding(const char *probe);
void add_text(const char *name, const char *value);
void add_whole(const char *name, long long value);
void add_real(const char *name, double value);
void end_finding(void);

/* The runner samples the server's accounting under this name before we go on. */
void ask_for_sample(const char *name);

/* Times in nanoseconds. user_and_system is this thread's, exact as the scheduler's own clock. */
int64_t now(void);
int64_t thread_cpu(void);
int64_t process_cpu(void);
void user_and_system(int64_t *user, int64_t *system);

/* All the descriptors that the hard limit allows; how many that is. */
long raise_nofile(void);

int compare_times(const void *left, const void *right);

#endif
