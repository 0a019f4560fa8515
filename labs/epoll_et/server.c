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
#include <sys/epoll.h>
#include <sys/socket.h>

/* The kernel keeps the interest list, a tree of all watched descriptors. A packet that arrives
 * puts its socket on the ready list, and epoll_wait copies out only the ready list. This server
 * is edge-triggered: epoll_wait takes a socket off the ready list, and only a new event puts it
 * back. If the server stops before the socket is empty, the kernel does not report the remaining
 * bytes again until further bytes arrive. EAGAIN shows that it is empty. On a stream a recv that
 * fills less than its buffer shows it as well, and saves that call: epoll(7). */
static const uint32_t edges = EPOLLIN | EPOLLOUT | EPOLLET;
enum { DRAIN_BATCH = 16 };
static int epoll;
static int listener;

/* Set the events to wait for: becoming readable and becoming writable. They are set once and
 * stay set, even while the client is stuck: its packets then cause events, and its send fails. */
static void set_interest(int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    if (epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event) == -1)
        die("epoll_ctl");
}

static void add_client(int fd)
{
    struct epoll_event event = {.events = edges, .data.fd = fd};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == -1)
        refuse_client(fd, errno == ENOSPC ? "max_user_watches" : "ENOMEM", fd);
}

/* Closing the only descriptor of a socket also removes it from the interest list. */
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
        set_interest(fd, edges);
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
    if ((epoll = epoll_create1(EPOLL_CLOEXEC)) == -1)
        die("epoll_create1");
    add_client(listener);
    set_interest(listener, EPOLLIN); /* level-triggered */
    say_ready(listener, "epoll_et");

    for (;;) {
        struct epoll_event events[256];
        int ready = epoll_wait(epoll, events, 256, -1);
        if (ready == -1 && errno == EINTR)
            continue;
        if (ready == -1)
            die("epoll_wait");
        /* Each event is a ready descriptor: idle clients do not appear, nothing is searched. */
        for (int i = 0; i < ready; i++) {
            int fd = events[i].data.fd;
            if (fd == listener)
                accept_clients();
            else
                serve_client(fd);
        }
    }
}
