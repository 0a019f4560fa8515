/*
 * epoll, which also watches a signalfd, by which the server ends, and a timerfd, by which it would
 * close clients that have been idle for an hour. One descriptor number is data of the event.
 *
 * Build: -O2
 */
#include "lab.h"

#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 4096, IDLE_SECONDS = 3600 };
static time_t last[MOST];
static int epoll;

static void watch(int fd)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.u64 = (uint64_t)fd};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static void end(int fd)
{
    last[fd] = 0;
    close_client(fd);
}

int main(void)
{
    sigset_t ends;
    struct itimerspec each = {{0, 100000000}, {0, 100000000}};
    struct epoll_event events[16];
    obey_signals();
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    int listener = open_listener(SOCK_NONBLOCK), signals = signalfd(-1, &ends, SFD_CLOEXEC);
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    timerfd_settime(timer, 0, &each, NULL);
    watch(listener);
    watch(signals);
    watch(timer);
    say_ready(listener, "epoll");
    for (;;) {
        int number = epoll_wait(epoll, events, 16, -1);
        for (int i = 0; i < number; i++) {
            int fd = (int)events[i].data.u64;
            uint64_t times;
            if (fd == signals)
                return 0;
            if (fd == timer) {
                (void)!read(timer, &times, sizeof times);
                for (int client = 0; client < MOST; client++)
                    if (last[client] && time(NULL) - last[client] > IDLE_SECONDS)
                        end(client);
            } else if (fd != listener) {
                last[fd] = time(NULL);
                if (echo_step(fd) == CLOSED)
                    end(fd);
            } else if ((fd = accept_client(listener, SOCK_NONBLOCK)) >= 0 && fd < MOST) {
                last[fd] = time(NULL);
                watch(fd);
            }
        }
    }
}
