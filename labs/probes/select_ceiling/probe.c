/*
 * select_ceiling: what happens to descriptor 1024?
 *
 * An fd_set has FD_SETSIZE (1024) bits, and whether a descriptor fits depends on its number
 * alone. Each case below gets, by dup2, one descriptor with a high number while very few are
 * open, and waits for it in a process of its own. One JSON line for each finding.
 *
 * This file is built three ways, and they differ in nothing but what guards FD_SET:
 *   refuse    -O2 -DREFUSE                                a comparison of ours
 *   fortify   -O2 -D_FORTIFY_SOURCE=2                     glibc's own check, which aborts
 *   plain     -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=0   nothing
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined REFUSE
#define VARIANT "refuse"
#elif defined _FORTIFY_SOURCE && _FORTIFY_SOURCE > 0
#define VARIANT "fortify"
#else
#define VARIANT "plain"
#endif

enum { BITS = 8 * sizeof(long), CANARY = 0x5a };

static _Noreturn void die(const char *call)
{
    fprintf(stderr, "%s: %s\n", call, strerror(errno));
    exit(1);
}

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

/* What a case has found, on its way to the parent, which alone knows how the case has ended. */
struct finding {
    int open;
    char outcome[16], detail[160];
};

/* ---- Three ways to fill in an fd_set ------------------------------------------------ */

/* The canary lies where the next variable would. Volatile: look at the memory, do not reason. */
static struct {
    fd_set set;
    volatile unsigned char canary[sizeof(long)];
} memory;

static void wait_with_fd_set(int fd, struct finding *found)
{
#ifdef REFUSE
    if (fd >= FD_SETSIZE) {
        strcpy(found->outcome, "refused");
        strcpy(found->detail, "FD_SETSIZE is 1024: the program looked before it called FD_SET");
        return;
    }
#endif
    FD_ZERO(&memory.set);
    for (size_t i = 0; i < sizeof memory.canary; i++)
        memory.canary[i] = CANARY;
    FD_SET(fd, &memory.set);
    struct timeval never = {.tv_sec = 10};
    int ready = select(fd + 1, &memory.set, NULL, NULL, &never);
    size_t changed = 0;
    for (size_t i = 0; i < sizeof memory.canary; i++)
        changed += memory.canary[i] != CANARY;
    strcpy(found->outcome, changed > 0 ? "corrupted" : "ready");
    snprintf(found->detail, sizeof found->detail,
             "select returned %d; %zu of %zu bytes beside the fd_set were overwritten", ready,
             changed, sizeof memory.canary);
}

/* ---- The system call itself, with as many bits as the descriptor needs ---------------- */

static void wait_with_bitmap(int fd, struct finding *found)
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

static void open_all(int fd, struct finding *found)
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
static void run_case(const char *variant, void (*wait_for)(int, struct finding *), int fd,
                     int others)
{
    int report[2], said[2], data[2];
    if (pipe(report) == -1 || pipe(said) == -1)
        die("pipe");
    pid_t child = fork();
    if (child == -1)
        die("fork");
    if (child == 0) {
        struct finding found = {.outcome = "limit"};
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
    struct finding found = {.outcome = "lost"};
    char text[160] = "";
    int status;
    if (close(report[1]) == -1 || close(said[1]) == -1)
        die("close");
    for (struct finding next; read(report[0], &next, sizeof next) == (ssize_t)sizeof next;)
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
    printf("{\"probe\":\"select_ceiling\",\"variant\":\"%s\",\"fd\":%d,\"open\":%d,"
           "\"outcome\":\"%s\",\"detail\":\"%s\"}\n",
           variant, fd, found.open, found.outcome, found.detail);
}

int main(void)
{
    struct rlimit nofile, none = {0};
    if (getrlimit(RLIMIT_NOFILE, &nofile) == -1)
        die("getrlimit");
    nofile.rlim_cur = nofile.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &nofile) == -1 || setrlimit(RLIMIT_CORE, &none) == -1)
        die("setrlimit");
    if (setvbuf(stdout, NULL, _IOLBF, 0) != 0) /* no half line for a child to inherit */
        die("setvbuf");

    run_case(VARIANT, wait_with_fd_set, 1023, 0);
    run_case(VARIANT, wait_with_fd_set, 1024, 0);
    run_case(VARIANT, wait_with_fd_set, 20, 1100); /* many are open, and yet it fits */
    if (strcmp(VARIANT, "plain") != 0)
        return 0;
    /* These need no fd_set, so one of the three builds is enough. */
    run_case("raw", wait_with_bitmap, 1024, 0);
    run_case("raw", wait_with_bitmap, 4000, 0);
    run_case("nofile", open_all, 255, 0);
    return 0;
}
