/*
 * kernel_has: which calls to wait for many descriptors does this kernel have?
 *
 * call        each system call is made with arguments that it must reject. ENOSYS: the kernel has
 *             no such call. EPERM: this box may not use it. Any other result: it is present.
 * epoll_mmap  a common belief is that epoll shares memory with the kernel. If it did, its calls
 *             would add a mapping to the process, or its descriptor could be mapped.
 *
 * Build: -O2
 * Needs: io_uring
 */
#define _GNU_SOURCE
#include "finding.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static void look_for(const char *name, const char *family, long number)
{
    errno = 0;
    long result = number == -1 ? -1 : syscall(number, -1L, -1L, -1L, -1L, -1L, -1L);
    int error = number == -1 ? ENOSYS : errno;
    begin_finding("kernel_has");
    add_text("case", "call");
    add_text("call", name);
    add_text("family", family);
    add_text("state", result == -1 && error == ENOSYS  ? "absent"
                        : result == -1 && error == EPERM ? "denied"
                                                         : "present");
    add_text("answer", result == -1 ? strerrorname_np(error) : "success");
    end_finding();
    if (result > 2 && close((int)result) == -1)
        die("close");
}

static int count_mappings(void)
{
    int count = 0;
    char bytes[4096];
    ssize_t length;
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    if (fd == -1)
        die("open");
    while ((length = read(fd, bytes, sizeof bytes)) > 0)
        for (ssize_t i = 0; i < length; i++)
            count += bytes[i] == '\n';
    if (length == -1 || close(fd) == -1)
        die("read");
    return count;
}

static void look_for_mapping(void)
{
    struct epoll_event event = {.events = EPOLLIN};
    int pair[2];
    count_mappings(); /* not counted: the first call may make libc map memory */
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1)
        die("socketpair");
    int before = count_mappings();
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll == -1)
        die("epoll_create1");
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, pair[0], &event) == -1 || send(pair[1], "x", 1, 0) != 1)
        die("epoll_ctl");
    if (epoll_wait(epoll, &event, 1, -1) != 1)
        die("epoll_wait");
    int after = count_mappings();
    void *shared = mmap(NULL, 4096, PROT_READ, MAP_SHARED, epoll, 0);
    begin_finding("kernel_has");
    add_text("case", "epoll_mmap");
    add_whole("new_mappings", after - before);
    add_text("mmap", shared == MAP_FAILED ? strerrorname_np(errno) : "success");
    end_finding();
    if (close(pair[0]) == -1 || close(pair[1]) == -1 || close(epoll) == -1)
        die("close");
}

int main(void)
{
    look_for("pselect6", "select", SYS_pselect6);
    look_for("ppoll", "poll", SYS_ppoll);
    look_for("epoll_create1", "epoll", SYS_epoll_create1);
    look_for("epoll_pwait2", "epoll", SYS_epoll_pwait2);
    look_for("io_setup", "aio", SYS_io_setup);
    look_for("io_uring_setup", "io_uring", SYS_io_uring_setup);
#ifdef SYS_kqueue
    look_for("kqueue", "kqueue", SYS_kqueue);
#else
    look_for("kqueue", "kqueue", -1); /* the C library's headers have no number for it */
#endif
#ifdef SYS_port_create
    look_for("port_create", "event ports", SYS_port_create);
#else
    look_for("port_create", "event ports", -1);
#endif
    look_for_mapping();
    return 0;
}
