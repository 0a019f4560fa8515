/*
 * select_ceiling: what happens to descriptor 1024?
 *
 * An fd_set has FD_SETSIZE (1024) bits, and whether a descriptor fits depends only on its number.
 * Each case below gets, by dup2, one descriptor with a high number while few are open, and waits
 * for it in a separate process. Three cases run the same code, in wait.h, and differ only in what
 * guards FD_SET.
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

/* ---- The system call, with as many bits as the descriptor needs ----------------------- */

static void wait_with_bitmap(int fd, struct ending *ending)
{
    size_t words = (size_t)fd / BITS + 1;
    unsigned long *bitmap = calloc(words, sizeof *bitmap);
    if (bitmap == NULL)
        die("calloc");
    bitmap[fd / BITS] |= 1UL << (fd % BITS);
    struct timespec never = {.tv_sec = 10};
    long ready = syscall(SYS_pselect6, fd + 1, bitmap, NULL, NULL, &never, NULL);
    bool set = bitmap[fd / BITS] >> (fd % BITS) & 1;
    strcpy(ending->outcome, ready == 1 && set ? "ready" : "wrong");
    snprintf(ending->detail, sizeof ending->detail,
             "pselect6 returned %ld for a bitmap of %zu bits: the kernel knows no 1024", ready,
             words * BITS);
    free(bitmap);
}

/* ---- A limit on descriptors that comes first -------------------------------------------- */

static void open_all(int fd, struct ending *ending)
{
    struct rlimit nofile = {.rlim_cur = (rlim_t)fd + 1, .rlim_max = (rlim_t)fd + 1};
    if (setrlimit(RLIMIT_NOFILE, &nofile) == -1)
        die("setrlimit");
    while (dup(STDERR_FILENO) != -1)
        ending->open++;
    strcpy(ending->outcome, errno == EMFILE ? "EMFILE" : "wrong");
    snprintf(ending->detail, sizeof ending->detail,
             "with a limit of %d there is no descriptor that an fd_set has no bit for", fd + 1);
}

/* ---- One process for each case --------------------------------------------------------- */

/* `others` more descriptors are open: the number of fd is independent of their count. */
static void run_case(const char *variant, void (*wait_for)(int, struct ending *), int fd,
                     int others)
{
    int report[2], errors[2], data[2];
    if (pipe(report) == -1 || pipe(errors) == -1)
        die("pipe");
    pid_t child = fork();
    if (child == -1)
        die("fork");
    if (child == 0) {
        struct ending ending = {.outcome = "limit"};
        if (dup2(errors[1], STDERR_FILENO) == -1 || close(errors[0]) == -1 ||
            close(errors[1]) == -1)
            die("dup2"); /* for the message of glibc when it aborts */
        if (close(report[0]) == -1 || pipe(data) == -1 || write(data[1], "x", 1) != 1)
            die("pipe");
        bool placed = dup2(data[0], fd) != -1;
        for (int i = 0; i < others && placed; i++)
            placed = dup(data[1]) != -1;
        ending.open = count_open();
        /* Report once before the wait, in case this process does not survive it. */
        if (write(report[1], &ending, sizeof ending) != sizeof ending)
            die("write");
        if (placed)
            wait_for(fd, &ending);
        else
            snprintf(ending.detail, sizeof ending.detail, "no such descriptor: %s",
                     strerror(errno));
        if (write(report[1], &ending, sizeof ending) != sizeof ending)
            die("write");
        _exit(0);
    }
    struct ending ending = {.outcome = "lost"};
    char text[160] = "";
    int status;
    if (close(report[1]) == -1 || close(errors[1]) == -1)
        die("close");
    for (struct ending next; read(report[0], &next, sizeof next) == (ssize_t)sizeof next;)
        ending = next;
    ssize_t length = read(errors[0], text, sizeof text - 1);
    if (close(report[0]) == -1 || close(errors[0]) == -1)
        die("close");
    if (waitpid(child, &status, 0) == -1)
        die("waitpid");
    if (WIFSIGNALED(status)) {
        strcpy(ending.outcome, WTERMSIG(status) == SIGABRT ? "abort" : "killed");
        text[length > 0 ? strcspn(text, "\n\"\\") : 0] = '\0';
        snprintf(ending.detail, sizeof ending.detail, "signal %d, %.120s", WTERMSIG(status), text);
    }
    begin_finding("select_ceiling");
    add_text("variant", variant);
    add_whole("fd", fd);
    add_whole("open", ending.open);
    add_text("outcome", ending.outcome);
    add_text("detail", ending.detail);
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
        run_case(variants[i].name, variants[i].wait_for, 20, 1100); /* many are open, but fd fits */
    }
    /* These need no fd_set. */
    run_case("raw", wait_with_bitmap, 1024, 0);
    run_case("raw", wait_with_bitmap, 4000, 0);
    run_case("nofile", open_all, 255, 0);
    return 0;
}
