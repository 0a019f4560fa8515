/*
 * One thread blocks in accept and passes each client on, by a queue and an eventfd, to the one
 * thread that waits in epoll for all clients.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <pthread.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 4096 };
static int queue[MOST], queued, bell;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *serve(void *unused)
{
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = bell};
    (void)unused;
    epoll_ctl(epoll, EPOLL_CTL_ADD, bell, &event);
    for (;;) {
        uint64_t number;
        if (epoll_wait(epoll, &event, 1, -1) != 1)
            continue;
        if (event.data.fd != bell) {
            if (echo_step(event.data.fd) == CLOSED)
                close_client(event.data.fd);
            continue;
        }
        (void)!read(bell, &number, sizeof number);
        pthread_mutex_lock(&lock);
        while (queued > 0) {
            event = (struct epoll_event){.events = EPOLLIN, .data.fd = queue[--queued]};
            epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event);
        }
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

int main(void)
{
    pthread_t loop;
    obey_signals();
    bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int listener = open_listener(0);
    if (pthread_create(&loop, NULL, serve, NULL))
        die("pthread_create");
    say_ready(listener, "epoll");
    for (;;) {
        uint64_t one = 1;
        int fd = accept_client(listener, SOCK_NONBLOCK);
        if (fd < 0)
            continue;
        pthread_mutex_lock(&lock);
        queue[queued++] = fd;
        pthread_mutex_unlock(&lock);
        (void)!write(bell, &one, sizeof one);
    }
}
