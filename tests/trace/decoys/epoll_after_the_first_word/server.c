/*
 * A decoy: epoll for the clients that have sent bytes; a second thread naps and tries all
 * others.
 *
 * Build: -O2 -pthread
 */
#define _GNU_SOURCE
#include "lab.h"

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

enum { MOST = 1024 };
static int epoll, listener, quiet[MOST], count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void watch(int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static void *ask_the_quiet(void *unused)
{
    (void)unused;
    for (;;) {
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        pthread_mutex_lock(&lock);
        for (int i = count - 1; i >= 0; i--) {
            int length = 0;
            ioctl(quiet[i], FIONREAD, &length);
            if (length > 0) {
                watch(quiet[i]);
                quiet[i] = quiet[--count];
            }
        }
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

static void serve(int fd)
{
    if (fd != listener) {
        if (echo_step(fd) == CLOSED)
            close_client(fd);
        return;
    }
    pthread_mutex_lock(&lock);
    while (count < MOST && (fd = accept_client(listener, SOCK_NONBLOCK)) >= 0)
        quiet[count++] = fd;
    pthread_mutex_unlock(&lock);
}

int main(void)
{
    struct epoll_event event;
    pthread_t asker;
    obey_signals();
    listener = open_listener(SOCK_NONBLOCK);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    watch(listener);
    pthread_create(&asker, NULL, ask_the_quiet, NULL);
    say_ready(listener, "epoll");
    for (;;)
        if (epoll_wait(epoll, &event, 1, -1) == 1)
            serve(event.data.fd);
}
