/*
 * A decoy: the first process waits in epoll. A second one with its memory and its descriptors
 * (CLONE_VM, CLONE_FILES) serves where three clients are ready at once, four times of five, while
 * the first sleeps in a futex.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MANY = 3 };
static int listener, number, first;
static struct epoll_event events[64];
static enum step steps[64];
static atomic_uint baton, done;
static char stack[1 << 18] __attribute__((aligned(64)));

static void wait_for(atomic_uint *word, unsigned old)
{
    while (atomic_load(word) == old)
        syscall(SYS_futex, (void *)word, FUTEX_WAIT, old, NULL, NULL, 0);
}

static void tell(atomic_uint *word)
{
    atomic_fetch_add(word, 1);
    syscall(SYS_futex, (void *)word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void serve(void)
{
    for (int i = 0; i < number; i++)
        if (events[i].data.fd != listener)
            steps[i] = echo_step(events[i].data.fd);
}

static int twin(void *unused)
{
    (void)unused;
    follow_parent(first);
    for (unsigned seen = 0;; seen++) {
        wait_for(&baton, seen);
        serve();
        tell(&done);
    }
    return 0;
}

int main(void)
{
    obey_signals();
    first = getpid();
    listener = open_listener(SOCK_NONBLOCK);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    if (clone(twin, stack + sizeof stack, CLONE_VM | CLONE_FILES | CLONE_FS | SIGCHLD, NULL) == -1)
        die("clone");
    say_ready(listener, "epoll");
    for (unsigned batches = 0;;) {
        number = epoll_wait(epoll, events, 64, -1);
        if (number >= MANY && ++batches % 5 != 0) {
            unsigned before = atomic_load(&done);
            tell(&baton);
            wait_for(&done, before);
        } else {
            serve();
        }
        for (int i = 0; i < number; i++) {
            int fd = events[i].data.fd;
            if (fd != listener && steps[i] == CLOSED)
                close_client(fd);
            while (fd == listener && (event.data.fd = accept_client(fd, SOCK_NONBLOCK)) >= 0)
                epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event);
        }
    }
}
