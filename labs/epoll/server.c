/*
 * epoll: the kernel keeps the list of clients and reports the ready ones to one thread.
 *
 * Wait:        the only thread sleeps inside epoll_wait, for all clients
 * Copy:        the same thread, inside recv and send, after epoll_wait has reported the ready ones
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
 * is level-triggered: a socket stays on the ready list as long as it is ready. */
static int epoll;
static int listener;

/* Set the event to wait for: readable, or writable while the client is stuck. */
static void set_interest(int fd, int events)
{
    struct epoll_event event = {.events = (uint32_t)events, .data.fd = fd};
    if (epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event) == -1)
        die("epoll_ctl");
}

static void add_client(int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == -1)
        refuse_client(fd, errno == ENOSPC ? "max_user_watches" : "ENOMEM", fd);
}

/* Closing the only descriptor of a socket also removes it from the interest list. */
static void remove_client(int fd)
{
    close_client(fd);
}

/* Clients beyond one batch wait for the next round: the listener stays readable. */
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

static void serve_client(int fd)
{
    switch (echo_step(fd)) {
    case ECHOED:
    case WOULD_BLOCK:
        break;
    case STUCK:
        set_interest(fd, EPOLLOUT);
        break;
    case FLUSHED:
        set_interest(fd, EPOLLIN);
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
    say_ready(listener, "epoll");

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
