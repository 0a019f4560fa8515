/*
 * select_ceiling: what happens to descriptor 1024?
 *
 * An fd_set has FD_SETSIZE (1024) bits, and whether a descriptor fits depends on its number
 * alone. Each case below gets, by dup2, one descriptor with a high number while very few are
 * open, and waits for it in a process of its own. Three times it is the same code, in wait.h,
 * and only what guards FD_SET differs.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "ceiling.h"
#include "finding.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BITS = 8 * sizeof(long) };

static int count_open(void)
{
    int count = -3; /* ".", ".." and the descriptor of the folder itself */
    DIR *folder = opendir("/proc/self/fd");
    if (folder == NULL)
        die("opendir");
    while (readdir(folder) != NULL)
        count++;
    if (closedir(folder) == -1)
        die("closedir");
    return count;
}

/* ---- The system call itself, with as many bits as the descriptor needs ---------------- */

static void wait_with_bitmap(int fd, struct ending *found)
{
    size_t words = (size_t)fd / BITS + 1;
    unsigned long *bitmap = calloc(words, sizeof *bitmap);
    if (bitmap == NULL)
        die("calloc");
    bitmap[fd / BITS] |= 1UL << (fd % BITS);
    struct timespec never = {.tv_sec = 10};
    long ready = syscall(SYS_pselect6, fd + 1, bitmap, NULL, NULL, &never, NULL);
    bool told = bitmap[fd / BITS] >> (fd % BITS) & 1;
    strcpy(found->outcome, ready == 1 && told ? "ready" : "wrong");
    snprintf(found->detail, sizeof found->detail,
             "pselect6 returned %ld for a bitmap of %zu bits: the kernel knows no 1024", ready,
             words * BITS);
    free(bitmap);
}

/* ---- A limit on descriptors that is met before ------------------------------------------ */

static void open_all(int fd, struct ending *found)
{
    struct rlimit nofile = {.rlim_cur = (rlim_t)fd + 1, .rlim_max = (rlim_t)fd + 1};
    if (setrlimit(RLIMIT_NOFILE, &nofile) == -1)
        die("setrlimit");
    while (dup(STDERR_FILENO) != -1)
        found->open++;
    strcpy(found->outcome, errno == EMFILE ? "EMFILE" : "wrong");
    snprintf(found->detail, sizeof found->detail,
             "with a limit of %d there is no descriptor that an fd_set has no bit for", fd + 1);
}

/* ---- One process for each case --------------------------------------------------------- */

/* others more descriptors are open: the number of fd is one thing, the count another. */
static void run_case(const char *variant, void (*wait_for)(int, struct ending *), int fd,
                     int others)
{
    int report[2], said[2], data[2];
    if (pipe(report) == -1 || pipe(said) == -1)
        die("pipe");
    pid_t child = fork();
    if (child == -1)
        die("fork");
    if (child == 0) {
        struct ending found = {.outcome = "limit"};
        if (dup2(said[1], STDERR_FILENO) == -1 || close(said[0]) == -1 || close(said[1]) == -1)
            die("dup2"); /* what glibc says when it aborts */
        if (close(report[0]) == -1 || pipe(data) == -1 || write(data[1], "x", 1) != 1)
            die("pipe");
        bool placed = dup2(data[0], fd) != -1;
        for (int i = 0; i < others && placed; i++)
            placed = dup(data[1]) != -1;
        found.open = count_open();
        /* Said beforehand, in case that this process does not survive. */
        if (write(report[1], &found, sizeof found) != sizeof found)
            die("write");
        if (placed)
            wait_for(fd, &found);
        else
            snprintf(found.detail, sizeof found.detail, "no such descriptor: %s", strerror(errno));
        if (write(report[1], &found, sizeof found) != sizeof found)
            die("write");
        _exit(0);
    }
    struct ending found = {.outcome = "lost"};
    char text[160] = "";
    int status;
    if (close(report[1]) == -1 || close(said[1]) == -1)
        die("close");
    for (struct ending next; read(report[0], &next, sizeof next) == (ssize_t)sizeof next;)
        found = next;
    ssize_t length = read(said[0], text, sizeof text - 1);
    if (close(report[0]) == -1 || close(said[0]) == -1)
        die("close");
    if (waitpid(child, &status, 0) == -1)
        die("waitpid");
    if (WIFSIGNALED(status)) {
        strcpy(found.outcome, WTERMSIG(status) == SIGABRT ? "abort" : "killed");
        text[length > 0 ? strcspn(text, "\n\"\\") : 0] = '\0';
        snprintf(found.detail, sizeof found.detail, "signal %d, %.120s", WTERMSIG(status), text);
    }
    begin_finding("select_ceiling");
    add_text("variant", variant);
    add_whole("fd", fd);
    add_whole("open", found.open);
    add_text("outcome", found.outcome);
    add_text("detail", found.detail);
    end_finding();
}

int main(void)
{
    static const struct {
        const char *name;
        void (*wait_for)(int, struct ending *);
    } variants[] = {
        {"refuse", wait_refusing}, {"fortify", wait_fortified}, {"plain", wait_unguarded}};
    struct rlimit none = {0};
    raise_nofile();
    if (setrlimit(RLIMIT_CORE, &none) == -1)
        die("setrlimit");

    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        run_case(variants[i].name, variants[i].wait_for, 1023, 0);
        run_case(variants[i].name, variants[i].wait_for, 1024, 0);
        run_case(variants[i].name, variants[i].wait_for, 20, 1100); /* many are open, and it fits */
    }
    /* These need no fd_set. */
    run_case("raw", wait_with_bitmap, 1024, 0);
    run_case("raw", wait_with_bitmap, 4000, 0);
    run_case("nofile", open_all, 255, 0);
    return 0;
}
