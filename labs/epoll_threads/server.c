/*
 * epoll_threads: several threads share one epoll descriptor, each client is with one at a time.
 *
 * Wait:        each of THREADS threads sleeps inside epoll_wait, for all clients
 * Copy:        the thread that was woken, inside recv and send
 * Idle client: 32 bytes of user memory and no time; an armed entry in the kernel's tree
 * Ceiling:     descriptors (EMFILE), then fs.epoll.max_user_watches; the processors, all of them
 *
 * Build: -O2 -pthread
 */
#define _GNU_SOURCE
#include "lab.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

/* A thread serves its events one after the other, while others may be asleep: so not many. */
enum { EVENT_BATCH = 4 };

/* The event carries this address, so that no table is shared between the threads. */
struct client {
    int fd;
    uint32_t from, to;
    char *pending; /* what the client has not taken back: only one who does not read has any */
};

/* With EPOLLONESHOT the kernel tells one thread and then disarms the descriptor, until
 * that thread arms it again. In between the client is the thread's own, without a lock.
 * The listener is armed in the same way: accept_client is never called by two at once. */
static int epoll;
static int listener;

/* What to wait for: until a client is readable, or, when it is stuck, writable. From here
 * on another thread may have it: the caller must not touch the client any more. */
static int set_interest(int operation, int fd, uint32_t events, struct client *client)
{
    struct epoll_event event = {.events = events | EPOLLONESHOT, .data.ptr = client};
    return epoll_ctl(epoll, operation, fd, &event);
}

static void add_client(int fd)
{
    struct client *client = malloc(sizeof *client);
    if (client == NULL) {
        refuse_client(fd, "ENOMEM", fd);
        return;
    }
    *client = (struct client){.fd = fd};
    if (set_interest(EPOLL_CTL_ADD, fd, EPOLLIN, client) == -1) {
        free(client);
        refuse_client(fd, "max_user_watches", fd);
    }
}

/* Closing a descriptor takes it off the kernel's list as well: no call is needed. It is
 * disarmed, so no other thread can be holding an event with this address. */
static void remove_client(struct client *client)
{
    close_client(client->fd);
    free(client->pending);
    free(client);
}

/* The listener is NULL among the clients. If there are more than one batch, arming it tells
 * of it at once: the rest come next time, perhaps to another thread. */
static void accept_clients(void)
{
    for (int i = 0; i < ACCEPT_BATCH; i++) {
        int fd = accept_client(listener, SOCK_NONBLOCK);
        if (fd == NOBODY)
            break;
        if (fd == REFUSED)
            continue;
        add_client(fd);
    }
    if (set_interest(EPOLL_CTL_MOD, listener, EPOLLIN, NULL) == -1)
        die("epoll_ctl");
}

static enum step flush_pending(struct client *client)
{
    size_t left = client->to - client->from;
    ssize_t sent = send(client->fd, client->pending + client->from, left, 0);
    if (sent == -1)
        return errno == EAGAIN || errno == EINTR ? STUCK : CLOSED;
    client->from += (uint32_t)sent;
    if (client->from < client->to)
        return STUCK;
    free(client->pending);
    client->pending = NULL;
    return FLUSHED;
}

/* The echo_step of lab.c, with nothing that two threads would share: the buffer is on the
 * thread's own stack, and what is pending hangs on the client. */
static enum step echo_own(struct client *client)
{
    char buffer[16 * 1024];
    if (client->pending != NULL)
        return flush_pending(client);

    ssize_t received = recv(client->fd, buffer, sizeof buffer, 0);
    if (received == -1)
        return errno == EAGAIN || errno == EINTR ? WOULD_BLOCK : CLOSED;
    if (received == 0)
        return CLOSED;
    ssize_t sent = send(client->fd, buffer, (size_t)received, 0);
    if (sent == received)
        return ECHOED;
    if (sent == -1) {
        if (errno != EAGAIN && errno != EINTR)
            return CLOSED;
        sent = 0;
    }
    client->from = 0;
    client->to = (uint32_t)(received - sent);
    client->pending = malloc(client->to);
    if (client->pending == NULL)
        return CLOSED;
    memcpy(client->pending, buffer + sent, client->to);
    return STUCK;
}

static void serve_client(struct client *client)
{
    switch (echo_own(client)) {
    case ECHOED:
    case WOULD_BLOCK:
    case FLUSHED:
        if (set_interest(EPOLL_CTL_MOD, client->fd, EPOLLIN, client) == -1)
            die("epoll_ctl");
        break;
    case STUCK:
        if (set_interest(EPOLL_CTL_MOD, client->fd, EPOLLOUT, client) == -1)
            die("epoll_ctl");
        break;
    case CLOSED:
        remove_client(client);
        break;
    }
}

/* The kernel wakes one of those who sleep for one event, not all of them. */
static void serve_ready(void)
{
    struct epoll_event events[EVENT_BATCH];
    int ready = epoll_wait(epoll, events, EVENT_BATCH, -1);
    if (ready == -1 && errno != EINTR)
        die("epoll_wait");
    for (int i = 0; i < ready; i++) {
        if (events[i].data.ptr == NULL)
            accept_clients();
        else
            serve_client(events[i].data.ptr);
    }
}

static void *serve_for_ever(void *unused)
{
    for (;;)
        serve_ready();
    return unused;
}

/* THREADS, or as many as there are processors that we may run on (taskset, cpuset). */
static int count_threads(void)
{
    cpu_set_t allowed;
    int threads = read_setting("THREADS", 0);
    if (threads == 0 && sched_getaffinity(0, sizeof allowed, &allowed) == -1)
        die("sched_getaffinity");
    return threads > 0 ? threads : CPU_COUNT(&allowed);
}

int main(void)
{
    obey_signals();
    listener = open_listener(SOCK_NONBLOCK);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll == -1)
        die("epoll_create1");
    if (set_interest(EPOLL_CTL_ADD, listener, EPOLLIN, NULL) == -1)
        die("epoll_ctl");
    for (int others = count_threads() - 1; others > 0; others--) {
        pthread_t thread;
        if ((errno = pthread_create(&thread, NULL, serve_for_ever, NULL)) != 0)
            die("pthread_create");
    }
    say_ready(listener, "epoll_threads");

    for (;;)
        serve_ready(); /* the first thread does what the others do */
}
