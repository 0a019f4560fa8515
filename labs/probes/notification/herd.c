/* herd.c: several threads wait for one new connection. See herd.h. */
#define _GNU_SOURCE
#include "herd.h"
#include "finding.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { THREADS = 4, MOST_TRIES = 100, SETTLE = 3000, PATIENCE = 30 }; /* us; milliseconds */

static const struct {
    const char *name;
    enum { EPOLL, POLL, ACCEPT } call;
    bool shared; /* one epoll instance for all threads */
    uint32_t events;
} ways[] = {{"an epoll each", EPOLL, false, EPOLLIN},
            {"an epoll each, EPOLLEXCLUSIVE", EPOLL, false, EPOLLIN | EPOLLEXCLUSIVE},
            {"one epoll", EPOLL, true, EPOLLIN},
            {"one epoll, edge-triggered", EPOLL, true, EPOLLIN | EPOLLET},
            {"one epoll, EPOLLONESHOT", EPOLL, true, EPOLLIN | EPOLLONESHOT},
            {"poll", POLL, false, EPOLLIN},
            {"accept", ACCEPT, false, EPOLLIN}};
enum { WAYS = sizeof ways / sizeof *ways };

static int listener, epolls[THREADS];
static struct sockaddr_in address;
static size_t current;
static _Atomic int woken;
static atomic_bool over;
static pthread_barrier_t barrier;

static int checked(int result, const char *call)
{
    if (result == -1)
        die(call);
    return result;
}

static void meet(void)
{
    int result = pthread_barrier_wait(&barrier);
    if (result != 0 && result != PTHREAD_BARRIER_SERIAL_THREAD) {
        errno = result;
        die("pthread_barrier_wait");
    }
}

/* One wait: 1 if the connection ended it, 0 if the time did. No thread but one that waits in accept
 * accepts: the connection is there until all waits have ended. */
static int wait_once(int epoll)
{
    struct epoll_event event;
    struct pollfd entry = {.fd = listener, .events = POLLIN};
    if (ways[current].call == EPOLL)
        return checked(epoll_wait(epoll, &event, 1, PATIENCE), "epoll_wait");
    if (ways[current].call == POLL)
        return checked(poll(&entry, 1, PATIENCE), "poll");
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd == -1 && errno == EAGAIN)
        return 0; /* SO_RCVTIMEO */
    checked(close(checked(fd, "accept4")), "close");
    return 1;
}

static void *wait_for_clients(void *epoll)
{
    for (;;) {
        meet(); /* the round begins */
        if (over)
            return NULL;
        woken += wait_once(*(int *)epoll);
        meet(); /* the round has ended */
    }
}

static void open_listener(void)
{
    struct timeval patience = {.tv_usec = PATIENCE * 1000};
    socklen_t length = sizeof address;
    address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    listener = checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    checked(setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), "setsockopt");
    checked(bind(listener, (struct sockaddr *)&address, sizeof address), "bind");
    checked(listen(listener, THREADS), "listen");
    checked(getsockname(listener, (struct sockaddr *)&address, &length), "getsockname");
}

static void watch_listener(size_t way)
{
    struct epoll_event event = {.events = ways[way].events};
    for (int i = 0; i < THREADS; i++) {
        epolls[i] = i > 0 && ways[way].shared
                        ? epolls[0]
                        : checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
        if (i == 0 || !ways[way].shared)
            checked(epoll_ctl(epolls[i], EPOLL_CTL_ADD, listener, &event), "epoll_ctl");
    }
}

/* How many threads one new connection wakes. */
static int one_round(size_t way)
{
    struct epoll_event again = {.events = ways[way].events};
    woken = 0;
    meet();
    usleep(SETTLE); /* by now all threads sleep */
    int client = checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    checked(connect(client, (struct sockaddr *)&address, sizeof address), "connect");
    meet();
    if (ways[way].call != ACCEPT || woken == 0)
        checked(close(checked(accept4(listener, NULL, NULL, SOCK_CLOEXEC), "accept4")), "close");
    checked(close(client), "close");
    if (ways[way].events & EPOLLONESHOT)
        checked(epoll_ctl(epolls[0], EPOLL_CTL_MOD, listener, &again), "epoll_ctl");
    return woken;
}

static void close_epolls(size_t way)
{
    for (int i = 0; i < (ways[way].shared ? 1 : THREADS); i++)
        checked(close(epolls[i]), "close");
}

static int compare(const void *left, const void *right)
{
    return *(const int *)left - *(const int *)right;
}

/* A busy machine may let a thread begin its wait too late: the median of the tries is the count. */
static void try_way(size_t way, long tries)
{
    pthread_t threads[THREADS];
    int counts[MOST_TRIES];
    tries = tries < 1 ? 1 : tries > MOST_TRIES ? MOST_TRIES : tries;
    over = false;
    current = way;
    watch_listener(way);
    for (int i = 0; i < THREADS; i++)
        if ((errno = pthread_create(&threads[i], NULL, wait_for_clients, &epolls[i])) != 0)
            die("pthread_create");
    for (long i = 0; i < tries; i++)
        counts[i] = one_round(way);
    qsort(counts, (size_t)tries, sizeof *counts, compare);
    over = true;
    meet();
    for (int i = 0; i < THREADS; i++)
        if ((errno = pthread_join(threads[i], NULL)) != 0)
            die("pthread_join");
    close_epolls(way);
    begin_finding("notification");
    add_text("case", "wakes");
    add_text("way", ways[way].name);
    add_whole("threads", THREADS);
    add_whole("tries", tries);
    add_whole("least", counts[0]);
    add_whole("median", counts[tries / 2]);
    add_whole("most", counts[tries - 1]);
    end_finding();
}

void count_woken_threads(long tries)
{
    open_listener();
    if ((errno = pthread_barrier_init(&barrier, NULL, THREADS + 1)) != 0)
        die("pthread_barrier_init");
    for (size_t way = 0; way < WAYS; way++)
        try_way(way, tries);
    checked(close(listener), "close");
}
