/*
 * Two priorities: the thread sleeps in an epoll of two others, and then asks these without
 * sleeping: first the one of the listener and of signals, then the one of the clients.
 *
 * Build: -O2
 */
#include "lab.h"

#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

static int outer, urgent, clients, listener, signals;

static void watch(int epoll, int how, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    epoll_ctl(epoll, how, fd, &event);
}

static void serve(int fd)
{
    enum step step = echo_step(fd);
    if (step == CLOSED)
        close_client(fd);
    else if (step == STUCK || step == FLUSHED)
        watch(clients, EPOLL_CTL_MOD, fd, step == STUCK ? EPOLLOUT : EPOLLIN);
}

static bool empty(int epoll)
{
    struct epoll_event events[128];
    int number = epoll_wait(epoll, events, 128, 0);
    for (int i = 0; i < number; i++) {
        int fd = events[i].data.fd;
        if (fd == signals)
            return false;
        if (fd != listener)
            serve(fd);
        while (fd >= 0 && events[i].data.fd == listener)
            if ((fd = accept_client(listener, SOCK_NONBLOCK)) >= 0)
                watch(clients, EPOLL_CTL_ADD, fd, EPOLLIN);
    }
    return true;
}

int main(void)
{
    sigset_t ends;
    obey_signals();
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    signals = signalfd(-1, &ends, SFD_NONBLOCK | SFD_CLOEXEC);
    listener = open_listener(SOCK_NONBLOCK);
    outer = epoll_create1(EPOLL_CLOEXEC);
    urgent = epoll_create1(EPOLL_CLOEXEC);
    clients = epoll_create1(EPOLL_CLOEXEC);
    watch(outer, EPOLL_CTL_ADD, urgent, EPOLLIN);
    watch(outer, EPOLL_CTL_ADD, clients, EPOLLIN);
    watch(urgent, EPOLL_CTL_ADD, signals, EPOLLIN);
    watch(urgent, EPOLL_CTL_ADD, listener, EPOLLIN);
    say_ready(listener, "epoll");
    for (;;) {
        struct epoll_event ready[2];
        int number = epoll_wait(outer, ready, 2, -1);
        bool others = false;
        for (int i = 0; i < number; i++) {
            if (ready[i].data.fd == clients)
                others = true;
            else if (!empty(urgent))
                return 0;
        }
        if (others)
            empty(clients);
    }
}
