/*
 * accepting: several threads accept from one port. Which thread gets the next connection?
 *
 * Connections come one after the other, each when all threads wait again. The threads share one
 * listener, and block in accept, or wait in an epoll instance each, or in one together; or each
 * thread has a listener of its own (SO_REUSEPORT). How many connections does the busiest thread
 * get, and how many the least busy one?
 *
 * Build: -O2 -pthread
 */
#define _GNU_SOURCE
#include "finding.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { THREADS = 4, BACKLOG = 64, PAUSE = 200 }; /* microseconds */

static const struct way {
    const char *name;
    bool own_listeners, own_epolls, blocks;
    uint32_t events;
} ways[] = {{"accept, shared listener", false, false, true, 0},
            {"one epoll, shared listener", false, false, false, EPOLLIN},
            {"an epoll each, EPOLLEXCLUSIVE", false, true, false, EPOLLIN | EPOLLEXCLUSIVE},
            {"a listener each, SO_REUSEPORT", true, true, false, EPOLLIN}};
enum { WAYS = sizeof ways / sizeof *ways };

struct worker {
    int listener, epoll;
    _Atomic long accepted;
};

static struct worker workers[THREADS];
static struct sockaddr_in address;
static _Atomic long total;
static const struct way *way;
static int over; /* an eventfd that all instances watch: readable at the end */

static int checked(int result, const char *call)
{
    if (result == -1)
        die(call);
    return result;
}

/* ---- The threads ------------------------------------------------------------------------------ */

static bool take_client(struct worker *worker)
{
    int client = accept4(worker->listener, NULL, NULL, SOCK_CLOEXEC);
    if (client == -1) {
        if (errno != EAGAIN && errno != EINVAL) /* taken by another thread; shut down */
            die("accept4");
        return errno == EAGAIN;
    }
    checked(close(client), "close");
    worker->accepted++;
    total++;
    return true;
}

static void *serve(void *given)
{
    struct worker *worker = given;
    struct epoll_event event;
    while (way->blocks)
        if (!take_client(worker))
            return NULL;
    for (;;) {
        if (epoll_wait(worker->epoll, &event, 1, -1) == -1)
            die("epoll_wait");
        if (event.data.fd == over)
            return NULL;
        take_client(worker);
    }
}

/* ---- Listeners and instances ------------------------------------------------------------------ */

static int open_listener(void)
{
    int on = 1, type = SOCK_STREAM | SOCK_CLOEXEC | (way->blocks ? 0 : SOCK_NONBLOCK);
    int listener = checked(socket(AF_INET, type, 0), "socket");
    socklen_t length = sizeof address;
    if (way->own_listeners)
        checked(setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on), "SO_REUSEPORT");
    checked(bind(listener, (struct sockaddr *)&address, sizeof address), "bind");
    checked(listen(listener, BACKLOG), "listen");
    checked(getsockname(listener, (struct sockaddr *)&address, &length), "getsockname");
    return listener;
}

static int open_epoll(int listener)
{
    struct epoll_event event = {.events = way->events, .data.fd = listener};
    struct epoll_event end = {.events = EPOLLIN, .data.fd = over};
    int epoll = checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
    checked(epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event), "epoll_ctl");
    checked(epoll_ctl(epoll, EPOLL_CTL_ADD, over, &end), "epoll_ctl");
    return epoll;
}

static void open_all(void)
{
    address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    over = checked(eventfd(0, EFD_CLOEXEC), "eventfd");
    total = 0;
    for (int i = 0; i < THREADS; i++) {
        bool first = i == 0;
        workers[i].accepted = 0;
        workers[i].listener = first || way->own_listeners ? open_listener() : workers[0].listener;
        if (!way->blocks)
            workers[i].epoll = first || way->own_epolls ? open_epoll(workers[i].listener)
                                                        : workers[0].epoll;
    }
}

static void close_all(void)
{
    for (int i = 0; i < THREADS; i++) {
        if (i == 0 || way->own_listeners)
            checked(close(workers[i].listener), "close");
        if (!way->blocks && (i == 0 || way->own_epolls))
            checked(close(workers[i].epoll), "close");
    }
    checked(close(over), "close");
}

/* ---- The connections -------------------------------------------------------------------------- */

static void connect_once(void)
{
    long before = total;
    int client = checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    checked(connect(client, (struct sockaddr *)&address, sizeof address), "connect");
    while (total == before)
        usleep(10);
    usleep(PAUSE); /* by now the thread waits again */
    checked(close(client), "close");
}

static void end_threads(pthread_t *threads)
{
    checked(eventfd_write(over, 1), "eventfd_write");
    if (way->blocks)
        checked(shutdown(workers[0].listener, SHUT_RDWR), "shutdown");
    for (int i = 0; i < THREADS; i++)
        if ((errno = pthread_join(threads[i], NULL)) != 0)
            die("pthread_join");
}

static int descending(const void *left, const void *right)
{
    long a = *(const long *)left, b = *(const long *)right;
    return (a < b) - (a > b);
}

static void say(long connections)
{
    long counts[THREADS];
    char text[THREADS * 24] = "";
    int busiest = 0;
    for (int i = 0; i < THREADS; i++) {
        counts[i] = workers[i].accepted;
        busiest = counts[i] > counts[busiest] ? i : busiest;
    }
    qsort(counts, THREADS, sizeof *counts, descending);
    for (int i = 0, end = 0; i < THREADS; i++)
        end += snprintf(text + end, sizeof text - (size_t)end, i > 0 ? " %ld" : "%ld", counts[i]);
    double share = (double)counts[0] / (double)connections;
    begin_finding("accepting");
    add_text("way", way->name);
    add_whole("connections", connections);
    add_text("by_thread", text);
    add_whole("busiest", counts[0]);
    add_whole("busiest_joined_as", busiest + 1); /* the order in which the instances were added */
    add_whole("least_busy", counts[THREADS - 1]);
    add_text("balance", share >= 0.8 ? "one thread" : share <= 0.4 ? "all threads" : "uneven");
    end_finding();
}

int main(int count, char **words)
{
    long connections = read_argument(count, words, "connections", 400);
    for (size_t i = 0; i < WAYS; i++) {
        pthread_t threads[THREADS];
        way = &ways[i];
        open_all();
        for (int t = 0; t < THREADS; t++)
            if ((errno = pthread_create(&threads[t], NULL, serve, &workers[t])) != 0)
                die("pthread_create");
        usleep(10 * PAUSE);
        for (long n = 0; n < connections; n++)
            connect_once();
        end_threads(threads);
        say(connections);
        close_all();
    }
    return 0;
}
