/*
 * epoll in the manner of libuv: epoll_pwait with a signal mask, an eventfd by which four threads of
 * a pool report finished work, and a pool that has none and sleeps.
 *
 * Build: -O2 -pthread
 */
#define _GNU_SOURCE
#include "lab.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { POOL = 4 };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER;

static void *wait_for_work(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&lock);
    for (;;)
        pthread_cond_wait(&work, &lock);
    return NULL;
}

int main(void)
{
    sigset_t mask;
    obey_signals();
    sigemptyset(&mask);
    sigaddset(&mask, SIGPROF);
    for (int i = 0; i < POOL; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, wait_for_work, NULL);
    }
    int listener = open_listener(SOCK_NONBLOCK), epoll = epoll_create1(EPOLL_CLOEXEC);
    int finished = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    event.data.fd = finished;
    epoll_ctl(epoll, EPOLL_CTL_ADD, finished, &event);
    say_ready(listener, "epoll");
    for (;;) {
        struct epoll_event events[1024];
        int number = epoll_pwait(epoll, events, 1024, -1, &mask);
        for (int i = 0; i < number; i++) {
            int fd = events[i].data.fd;
            uint64_t count;
            if (fd == finished) {
                (void)!read(finished, &count, sizeof count);
            } else if (fd != listener) {
                if (echo_step(fd) == CLOSED)
                    close_client(fd);
            } else {
                while ((fd = accept_client(listener, SOCK_NONBLOCK)) >= 0) {
                    event = (struct epoll_event){.events = EPOLLIN, .data.fd = fd};
                    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
                }
            }
        }
    }
}
