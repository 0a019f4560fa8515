/*
 * A decoy: four threads sleep in epoll_wait, each with an epoll of its own, but only the first one's
 * watches clients; the others watch an eventfd that never rings.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

static void *seem_to_wait(void *unused)
{
    int epoll = epoll_create1(0), bell = eventfd(0, 0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = bell};
    (void)unused;
    epoll_ctl(epoll, EPOLL_CTL_ADD, bell, &event);
    for (;;)
        epoll_wait(epoll, &event, 1, -1);
    return NULL;
}

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    for (int i = 0; i < 3; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, seem_to_wait, NULL);
    }
    say_ready(listener, "epoll_threads");
    for (;;) {
        if (epoll_wait(epoll, &event, 1, -1) != 1)
            continue;
        int fd = event.data.fd;
        if (fd != listener) {
            if (echo_step(fd) == CLOSED)
                close_client(fd);
        } else if ((fd = accept_client(listener, SOCK_NONBLOCK)) >= 0) {
            event = (struct epoll_event){.events = EPOLLIN, .data.fd = fd};
            epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
        }
    }
}
