/*
 * epoll_et: as epoll, but the kernel reports each change once (edge-triggered).
 *
 * Wait:        the only thread sleeps inside epoll_wait, for all clients
 * Copy:        the same thread, inside recv and send, until they return EAGAIN
 * Idle client: no user memory, no CPU time; an entry in the interest list, copied once on arrival
 * Ceiling:     descriptors (EMFILE), then fs.epoll.max_user_watches
 *
 * Build: -O2
 */
#include "lab.h"

#include <errno.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>

/* The kernel keeps the interest list, a tree of all watched descriptors. A packet that arrives
 * puts its socket on the ready list, and epoll_wait copies out only the ready list. This server
 * is edge-triggered: epoll_wait takes a socket off the ready list, and only a new event puts it
 * back. If the server stops before EAGAIN, the kernel does not report the remaining bytes
 * again. */
static const uint32_t edges = EPOLLIN | EPOLLOUT | EPOLLET;
enum { DRAIN_BATCH = 16 };
static int epoll;
static int listener;

/* Set the events to wait for: becoming readable and becoming writable. They are set once and
 * stay set, even while the client is stuck. */
static int set_interest(int operation, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    return epoll_ctl(epoll, operation, fd, &event);
}

static void add_client(int fd)
{
    if (set_interest(EPOLL_CTL_ADD, fd, edges) == -1)
        refuse_client(fd, "max_user_watches", fd);
}

/* Closing a descriptor also removes it from the interest list: no call is needed. */
static void remove_client(int fd)
{
    close_client(fd);
}

/* Only the listener is level-triggered: clients beyond one batch wait for the next round. */
static void accept_clients(void)
{
    for (int i = 0; i < ACCEPT_BATCH; i++) {
        int fd = accept_client(listener, SOCK_NONBLOCK);
        if (fd == NO_CLIENT)
            break;
        if (fd == REFUSED)
            continue;
        add_client(fd);
    }
}

/* Drain the socket: repeat until EAGAIN. But a client that sends as fast as the server reads
 * would keep the server here forever. So after DRAIN_BATCH steps the other clients have their
 * turn. Setting the same interest again makes the kernel check the socket again: if it is still
 * ready, the kernel puts it at the end of the ready list. */
static void serve_client(int fd)
{
    enum step step = ECHOED;
    for (int i = 0; i < DRAIN_BATCH && (step == ECHOED || step == FLUSHED); i++)
        step = echo_step(fd);
    switch (step) {
    case WOULD_BLOCK:
    case STUCK:
        break;
    case ECHOED:
    case FLUSHED:
        if (set_interest(EPOLL_CTL_MOD, fd, edges) == -1)
            die("epoll_ctl");
        break;
    case CLOSED:
        remove_client(fd);
        break;
    }
}

int main(void)
{
    obey_signals();
    listener = open_listener(SOCK_NONBLOCK);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll == -1)
        die("epoll_create1");
    if (set_interest(EPOLL_CTL_ADD, listener, EPOLLIN) == -1)
        die("epoll_ctl");
    say_ready(listener, "epoll_et");

    for (;;) {
        struct epoll_event events[256];
        int ready = epoll_wait(epoll, events, 256, -1);
        if (ready == -1 && errno == EINTR)
            continue;
        if (ready == -1)
            die("epoll_wait");
        /* Each event is a ready descriptor. Idle clients do not appear here, so no search is
         * needed. */
        for (int i = 0; i < ready; i++) {
            int fd = events[i].data.fd;
            if (fd == listener)
                accept_clients();
            else
                serve_client(fd);
        }
    }
}
