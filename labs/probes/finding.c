/* finding.c: what every probe needs to report a finding. See finding.h. */
#define _GNU_SOURCE
#include "finding.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* A probe may define its own function under one of these names, because the symbols are weak. */
_Pragma("weak die") _Pragma("weak say_missing") _Pragma("weak read_argument")
_Pragma("weak begin_finding") _Pragma("weak add_text") _Pragma("weak add_whole")
_Pragma("weak add_real") _Pragma("weak end_finding") _Pragma("weak ask_for_sample")
_Pragma("weak now") _Pragma("weak thread_cpu") _Pragma("weak process_cpu")
_Pragma("weak user_and_system") _Pragma("weak raise_nofile") _Pragma("weak compare_times")

_Noreturn void die(const char *call)
{
    fprintf(stderr, "%s: %s\n", call, strerror(errno));
    exit(1);
}

/* The same line and exit status as a server's: docs/contract.md. */
_Noreturn void say_missing(const char *what, const char *remedy)
{
    printf("MISSING what=%s remedy=\"%s\"\n", what, remedy);
    fflush(stdout);
    exit(77);
}

long read_argument(int count, char **words, const char *name, long otherwise)
{
    size_t length = strlen(name);
    for (int i = 1; i < count; i++) {
        if (strncmp(words[i], name, length) != 0 || words[i][length] != '=')
            continue;
        char *end;
        long value = strtol(words[i] + length + 1, &end, 10);
        if (*end != '\0' || end == words[i] + length + 1 || value < 0) {
            fprintf(stderr, "%s: expected a whole number\n", words[i]);
            exit(2);
        }
        return value;
    }
    return otherwise;
}

/* ---- Findings ----------------------------------------------------------------------- */

void begin_finding(const char *probe)
{
    printf("{\"probe\":\"%s\"", probe);
}

/* A text from elsewhere, such as a message of glibc, may contain any character. */
void add_text(const char *name, const char *value)
{
    printf(",\"%s\":\"", name);
    for (; *value != '\0'; value++) {
        if (*value == '"' || *value == '\\')
            putchar('\\');
        putchar((unsigned char)*value < ' ' ? ' ' : *value);
    }
    putchar('"');
}

void add_whole(const char *name, long long value)
{
    printf(",\"%s\":%lld", name, value);
}

void add_real(const char *name, double value)
{
    printf(",\"%s\":%.6g", name, value);
}

void end_finding(void)
{
    if (printf("}\n") < 0 || fflush(stdout) == EOF)
        die("stdout");
}

void ask_for_sample(const char *name)
{
    char line[64];
    printf("{\"sample\":\"%s\"}\n", name);
    if (fflush(stdout) == EOF)
        die("stdout");
    if (fgets(line, sizeof line, stdin) == NULL)
        die("stdin");
}

/* ---- Time ---------------------------------------------------------------------------- */

static int64_t clock_ns(clockid_t clock)
{
    struct timespec time;
    if (clock_gettime(clock, &time) == -1)
        die("clock_gettime");
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int64_t now(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

int64_t thread_cpu(void)
{
    return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

int64_t process_cpu(void)
{
    return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

/* Where the kernel counts user and system time in ticks, it scales them to the exact sum
 * (cputime_adjust). Their shares are then samples, and exact only over many ticks. */
void user_and_system(int64_t *user, int64_t *system)
{
    struct rusage usage;
    if (getrusage(RUSAGE_THREAD, &usage) == -1)
        die("getrusage");
    *user = (int64_t)usage.ru_utime.tv_sec * 1000000000 + usage.ru_utime.tv_usec * 1000;
    *system = (int64_t)usage.ru_stime.tv_sec * 1000000000 + usage.ru_stime.tv_usec * 1000;
}

/* ---- Limits -------------------------------------------------------------------------- */

long raise_nofile(void)
{
    struct rlimit nofile;
    if (getrlimit(RLIMIT_NOFILE, &nofile) == -1)
        die("getrlimit");
    nofile.rlim_cur = nofile.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &nofile) == -1)
        die("setrlimit");
    return (long)nofile.rlim_cur;
}

int compare_times(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}
