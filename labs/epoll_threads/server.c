/*
 * epoll_threads: several threads share one epoll descriptor; a client belongs to one at a time.
 *
 * Wait:        each of THREADS threads sleeps inside epoll_wait, for all clients
 * Copy:        the thread that epoll_wait woke, inside recv and send
 * Idle client: 32 bytes of user memory and no CPU time; an armed entry in the interest list
 * Ceiling:     descriptors (EMFILE), then fs.epoll.max_user_watches; CPU time of all CPUs
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

/* A thread serves its events one after another, even while other threads sleep, so it takes
 * only a few at once. */
enum { EVENT_BATCH = 4 };

/* An event carries the client's address, so the threads share no table. */
struct client {
    int fd;
    uint32_t from, to;
    char *pending; /* bytes not sent back yet; NULL if the client reads */
};

/* With EPOLLONESHOT the kernel notifies one thread and disarms the descriptor until that thread
 * arms it again. In between the client belongs to that thread alone, without a lock. The
 * listener is armed in the same way, so two threads never call accept_client at the same time. */
static int epoll;
static int listener;

/* Set the event to wait for: readable, or writable while the client is stuck. After this call
 * another thread may own the client: the caller must not use it any more. */
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
        refuse_client(fd, errno == ENOSPC ? "max_user_watches" : "ENOMEM", fd);
        free(client);
    }
}

/* Closing the only descriptor of a socket also removes it from the interest list. It is disarmed,
 * so no other thread can hold an event with this address. */
static void remove_client(struct client *client)
{
    close_client(client->fd);
    free(client->pending);
    free(client);
}

/* An event of the listener carries NULL instead of a client. Clients beyond one batch are
 * reported as soon as the listener is armed again, perhaps to another thread. */
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

/* The echo_step of lab.c without shared data: the buffer is on the thread's own stack, and each
 * client holds its pending bytes. */
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
    if (sent == -1 && errno != EAGAIN && errno != EINTR)
        return CLOSED;
    sent = sent == -1 ? 0 : sent;
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

/* For one event the kernel wakes one of the sleeping threads. Without EPOLLONESHOT the descriptor
 * would stay on the ready list, and a second thread would wake for the same event. */
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

/* THREADS, or the number of CPUs that this process may use (taskset, cpuset). */
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
    for (int more = count_threads() - 1; more > 0; more--) {
        pthread_t thread;
        if ((errno = pthread_create(&thread, NULL, serve_for_ever, NULL)) != 0)
            die("pthread_create");
    }
    say_ready(listener, "epoll_threads");

    for (;;)
        serve_ready(); /* the main thread does the same work */
}
