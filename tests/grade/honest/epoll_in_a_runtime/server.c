/*
 * epoll as in a language's runtime: sixteen threads sleep in a futex until there is work, one more
 * wakes every ten milliseconds to look after the others, and one thread waits in epoll_pwait.
 *
 * Build: -O2 -pthread
 */
#define _GNU_SOURCE
#include "lab.h"

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

enum { IDLE = 16 };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER;
static volatile unsigned long ticks;

static void *wait_for_work(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&lock);
    for (;;)
        pthread_cond_wait(&work, &lock);
    return NULL;
}

static void *look_after(void *unused)
{
    (void)unused;
    for (;;) {
        nanosleep(&(struct timespec){0, 10000000}, NULL);
        ticks++;
    }
    return NULL;
}

int main(void)
{
    pthread_t thread;
    obey_signals();
    for (int i = 0; i < IDLE; i++)
        pthread_create(&thread, NULL, wait_for_work, NULL);
    pthread_create(&thread, NULL, look_after, NULL);
    int listener = open_listener(SOCK_NONBLOCK), epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    say_ready(listener, "epoll");
    for (;;) {
        if (epoll_pwait(epoll, &event, 1, -1, NULL) != 1)
            continue;
        int fd = event.data.fd;
        if (fd != listener) {
            if (echo_step(fd) == CLOSED)
                close_client(fd);
        } else if ((fd = accept_client(listener, SOCK_NONBLOCK)) >= 0) {
            event = (struct epoll_event){.events = EPOLLIN | EPOLLRDHUP, .data.fd = fd};
            epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
        }
    }
}
