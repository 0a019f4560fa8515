/*
 * poll, which watches a signalfd and a timerfd as well.
 *
 * Build: -O2
 */
#include "lab.h"

#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { MOST = 1024, OWN = 3 };
static struct pollfd watched[MOST];
static nfds_t count = OWN;

int main(void)
{
    sigset_t set;
    struct itimerspec often = {{0, 100000000}, {0, 100000000}};
    obey_signals();
    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    timerfd_settime(timer, 0, &often, NULL);
    watched[0] = (struct pollfd){open_listener(SOCK_NONBLOCK), POLLIN, 0};
    watched[1] = (struct pollfd){signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC), POLLIN, 0};
    watched[2] = (struct pollfd){timer, POLLIN, 0};
    say_ready(watched[0].fd, "poll");
    for (;;) {
        uint64_t times;
        struct signalfd_siginfo news;
        poll(watched, count, -1);
        if (watched[1].revents)
            (void)!read(watched[1].fd, &news, sizeof news);
        if (watched[2].revents)
            (void)!read(watched[2].fd, &times, sizeof times);
        for (nfds_t slot = count; slot-- > OWN;)
            if (watched[slot].revents && echo_step(watched[slot].fd) == CLOSED) {
                close_client(watched[slot].fd);
                watched[slot] = watched[--count];
            }
        int fd = watched[0].revents ? accept_client(watched[0].fd, SOCK_NONBLOCK) : NO_CLIENT;
        if (fd >= 0)
            watched[count++] = (struct pollfd){fd, POLLIN, 0};
    }
}
