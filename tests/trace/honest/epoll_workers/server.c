/*
 * One thread waits in epoll with EPOLLONESHOT. Two worker threads take a ready client from a
 * queue, read and reply.
 *
 * Build: -O2 -pthread
 */
#define _GNU_SOURCE
#include "lab.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <pthread.h>

enum { ROOM = 1024 };
static int queue[ROOM], first, last, epoll;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER;

static void *work(void *unused)
{
    (void)unused;
    for (;;) {
        char text[4096];
        pthread_mutex_lock(&lock);
        while (first == last)
            pthread_cond_wait(&more, &lock);
        int fd = queue[first++ % ROOM];
        pthread_mutex_unlock(&lock);
        ssize_t length = recv(fd, text, sizeof text, 0);
        if (length <= 0) {
            close_client(fd);
            continue;
        }
        send(fd, text, (size_t)length, 0);
        struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT, .data.fd = fd};
        epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event);
    }
    return NULL;
}

int main(void)
{
    obey_signals();
    pthread_t threads[2];
    int listener = open_listener(SOCK_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll = epoll_create1(0);
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, work, NULL);
    say_ready(listener, "epoll");
    for (;;) {
        if (epoll_wait(epoll, &event, 1, -1) != 1)
            continue;
        int fd = event.data.fd;
        if (fd == listener) {
            if ((fd = accept_client(listener, SOCK_NONBLOCK)) < 0)
                continue;
            event = (struct epoll_event){.events = EPOLLIN | EPOLLONESHOT, .data.fd = fd};
            epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
            continue;
        }
        pthread_mutex_lock(&lock);
        queue[last++ % ROOM] = fd;
        pthread_cond_signal(&more);
        pthread_mutex_unlock(&lock);
    }
}
