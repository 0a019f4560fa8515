/*
 * disk_file: can a program wait for a file on a disk as it waits for a socket?
 *
 * ready  What do epoll, poll and select say of an empty pipe and of a regular file?
 * read   Does a read of a file sleep, with O_NONBLOCK, when the file is not in memory, and when it
 *        is?
 * loop   An event loop echoes a client's bytes, and reads a file that is not in memory: itself, in
 *        a second thread, or by io_uring. How long does the client wait at most, and how many
 *        replies does it get while the file is read?
 *
 * ring=1 requires io_uring. The files are those of the system, in /usr: a box can write none.
 *
 * Build: -O2 -pthread
 * Needs: io_uring
 */
#define _GNU_SOURCE
#include "finding.h"
#include "loop.h"
#include "ring.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { OPEN_AT_ONCE = 16 };

static char buffer[CHUNK];
static struct { off_t size; int fd; } files[FILES];

/* ---- Files that are not in memory ----------------------------------------------------------- */

/* Keep the largest files of the walk. */
static int take_file(const char *path, const struct stat *about, int type, struct FTW *level)
{
    (void)level;
    int least = 0, fd;
    for (int i = 1; i < FILES; i++)
        if (files[i].size < files[least].size)
            least = i;
    if (type != FTW_F || about->st_size <= files[least].size)
        return 0;
    if ((fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)) == -1)
        return 0; /* not for this user */
    if (files[least].size > 0 && close(files[least].fd) == -1)
        die("close");
    files[least].size = about->st_size;
    files[least].fd = fd;
    return 0;
}

/* The kernel drops the pages at its beginning that no process has mapped. */
static void forget(int fd)
{
    if ((errno = posix_fadvise(fd, 0, LENGTH, POSIX_FADV_DONTNEED)) != 0)
        die("posix_fadvise");
}

static long sleeps(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_THREAD, &usage) == -1)
        die("getrusage");
    return usage.ru_nvcsw;
}

/* Whether this thread slept during a read of the first bytes. */
static bool read_sleeps(int fd)
{
    long before = sleeps();
    if (pread(fd, buffer, CHUNK, 0) == -1)
        die("pread");
    return sleeps() > before;
}

/* Of the files those stay, whose read sleeps when they are not in memory. */
static int find_cold_files(int *fds)
{
    int count = 0;
    if (nftw("/usr", take_file, OPEN_AT_ONCE, FTW_PHYS | FTW_MOUNT) == -1)
        die("nftw");
    for (int i = 0; i < FILES && files[i].size > 0; i++) {
        forget(files[i].fd);
        if (read_sleeps(files[i].fd))
            fds[count++] = files[i].fd;
    }
    return count;
}

/* ---- What the multiplexers say --------------------------------------------------------------- */

static const char *ask_epoll(int fd)
{
    struct epoll_event event = {.events = EPOLLIN};
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll == -1)
        die("epoll_create1");
    const char *answer = "accepted";
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == -1)
        answer = errno == EPERM ? "EPERM" : "another error";
    if (close(epoll) == -1)
        die("close");
    return answer;
}

static const char *ask_poll(int fd)
{
    struct pollfd entry = {.fd = fd, .events = POLLIN};
    if (poll(&entry, 1, 0) == -1)
        die("poll");
    return entry.revents & POLLIN ? "ready" : "not ready";
}

static const char *ask_select(int fd)
{
    struct timeval none = {0, 0};
    fd_set set;
    FD_ZERO(&set);
    FD_SET(fd, &set);
    if (select(fd + 1, &set, NULL, NULL, &none) == -1)
        die("select");
    return FD_ISSET(fd, &set) ? "ready" : "not ready";
}

/* epoll refuses a file without a `poll` of its own. Files of FUSE have one, whatever is below. */
static const char *file_system(int fd)
{
    struct statfs about;
    if (fstatfs(fd, &about) == -1)
        die("fstatfs");
    return about.f_type == FUSE_SUPER_MAGIC ? "FUSE" : "kernel";
}

static const struct { const char *name; const char *(*ask)(int fd); } calls[] = {
    {"epoll", ask_epoll}, {"poll", ask_poll}, {"select", ask_select}};
enum { CALLS = sizeof calls / sizeof *calls };

/* Every descriptor of a file has O_NONBLOCK. */
static void say_what_is_ready(int disk)
{
    char name[] = "/tmp/disk_file.XXXXXX"; /* in a box: in memory */
    int ends[2], created = mkostemp(name, O_CLOEXEC);
    if (pipe2(ends, O_CLOEXEC) == -1)
        die("pipe2");
    if (created == -1 || unlink(name) == -1)
        die("mkostemp");
    for (int i = 0; i < CALLS * 3; i++) {
        int fd = i % 3 == 0 ? ends[0] : i % 3 == 1 ? created : disk;
        begin_finding("disk_file");
        add_text("case", "ready");
        add_text("call", calls[i / 3].name);
        add_text("of", i % 3 == 0 ? "empty pipe" : i % 3 == 1 ? "new file" : "file on disk");
        add_text("file_system", file_system(fd));
        add_text("answer", calls[i / 3].ask(fd));
        end_finding();
    }
    if (close(ends[0]) == -1 || close(ends[1]) == -1 || close(created) == -1)
        die("close");
}

static void say_whether_it_sleeps(const int *fds, int count)
{
    int cold = 0, warm = 0;
    for (int i = 0; i < count; i++) {
        forget(fds[i]);
        cold += read_sleeps(fds[i]);
        warm += read_sleeps(fds[i]);
    }
    begin_finding("disk_file");
    add_text("case", "read");
    add_whole("files", count);
    add_whole("cold_sleeps", cold);
    add_whole("warm_sleeps", warm);
    add_text("cold_read", cold > 0 ? "sleeps" : "does not sleep");
    end_finding();
}

/* ---- An event loop that needs a file ---------------------------------------------------------- */

static const char *const ways[] = {"in the loop", "in a thread", "by io_uring"};

/* A reply may be on its way when the reading begins, and another when it ends: a client that gets
 * no more than these two is stopped. A client that is served gets hundreds. */
static void say_what_the_client_gets(const int *fds, int count, enum way way, int ring)
{
    for (int i = 0; i < count; i++)
        forget(fds[i]);
    struct outcome got = read_in_loop(fds, count, way, ring);
    begin_finding("disk_file");
    add_text("case", "loop");
    add_text("way", ways[way]);
    add_whole("files", count);
    add_whole("bytes", got.bytes);
    add_whole("reading_ns", got.reading);
    add_whole("longest_wait_ns", got.longest_wait);
    add_real("share", (double)got.longest_wait / (double)got.reading);
    add_whole("replies", got.replies);
    add_text("client", got.replies <= 2 ? "stopped" : got.replies >= 20 ? "served" : "slowed");
    end_finding();
}

int main(int count, char **words)
{
    int fds[FILES], cold, wants_ring = (int)read_argument(count, words, "ring", 0);
    int ring = ring_open();
    if (wants_ring && ring == -1)
        say_missing("io_uring", "a kernel and a box that allow io_uring_setup");
    cold = find_cold_files(fds);
    begin_finding("disk_file");
    add_text("case", "files");
    add_whole("cold", cold); /* 0 where the root file system is memory: nothing can be shown */
    end_finding();
    if (cold == 0)
        return 0;
    say_whether_it_sleeps(fds, cold);
    say_what_is_ready(fds[0]);
    say_what_the_client_gets(fds, cold, IN_THE_LOOP, ring);
    say_what_the_client_gets(fds, cold, IN_A_THREAD, ring);
    if (wants_ring)
        say_what_the_client_gets(fds, cold, BY_IO_URING, ring);
    return 0;
}
