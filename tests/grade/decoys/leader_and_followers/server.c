/*
 * A decoy: five threads take turns at one epoll. The one whose turn it is waits for one event, lets
 * the next one wait, and serves the client itself.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <pthread.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { THREADS = 5 };
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static int epoll, listener;

static void watch(int how, int fd)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT, .data.fd = fd};
    epoll_ctl(epoll, how, fd, &event);
}

/* Whether the client is still there. lab.c has one buffer for all: it is for one thread. */
static bool echoed(int fd)
{
    char text[16384];
    ssize_t length = recv(fd, text, sizeof text, MSG_DONTWAIT);
    if (length > 0)
        send(fd, text, (size_t)length, MSG_NOSIGNAL);
    return length != 0;
}

static void *serve(void *unused)
{
    (void)unused;
    for (;;) {
        struct epoll_event event;
        pthread_mutex_lock(&turn);
        int number = epoll_wait(epoll, &event, 1, -1);
        pthread_mutex_unlock(&turn);
        int fd = event.data.fd, client;
        if (number < 1)
            continue;
        if (fd != listener && !echoed(fd)) {
            close_client(fd);
            continue;
        }
        if (fd == listener && (client = accept_client(listener, SOCK_NONBLOCK)) >= 0)
            watch(EPOLL_CTL_ADD, client);
        watch(EPOLL_CTL_MOD, fd);
    }
    return NULL;
}

int main(void)
{
    pthread_t thread;
    obey_signals();
    listener = open_listener(SOCK_NONBLOCK);
    if ((epoll = epoll_create1(0)) == -1)
        die("epoll_create1");
    watch(EPOLL_CTL_ADD, listener);
    for (int i = 1; i < THREADS; i++)
        pthread_create(&thread, NULL, serve, NULL);
    say_ready(listener, "epoll");
    serve(NULL);
}
