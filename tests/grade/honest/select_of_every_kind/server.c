/*
 * select for all that a program may have: clients, a timer (timerfd), signals (signalfd), a counter that
 * the server itself writes to now and then (eventfd), and its standard input.
 *
 * Build: -O2
 */
#include "lab.h"

#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

static bool is_client[FD_SETSIZE], stuck[FD_SETSIZE];

int main(void)
{
    obey_signals();
    sigset_t some;
    sigemptyset(&some);
    sigaddset(&some, SIGUSR1);
    sigaddset(&some, SIGHUP);
    sigprocmask(SIG_BLOCK, &some, NULL);
    int listener = open_listener(SOCK_NONBLOCK);
    int signals = signalfd(-1, &some, SFD_NONBLOCK), counter = eventfd(0, EFD_NONBLOCK);
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct itimerspec often = {{0, 40000000}, {0, 40000000}};
    timerfd_settime(timer, 0, &often, NULL);
    int others[] = {signals, counter, timer}, highest = timer;
    say_ready(listener, "select");
    for (uint64_t rounds = 0;; rounds++) {
        fd_set readable, writable;
        FD_ZERO(&readable);
        FD_ZERO(&writable);
        FD_SET(listener, &readable);
        for (int i = 0; i < 3; i++)
            FD_SET(others[i], &readable);
        for (int fd = 0; fd <= highest; fd++)
            if (is_client[fd])
                FD_SET(fd, stuck[fd] ? &writable : &readable);
        if (select(highest + 1, &readable, &writable, NULL, NULL) == -1)
            continue;
        char text[128];
        for (int i = 0; i < 3; i++)
            if (FD_ISSET(others[i], &readable) && read(others[i], text, sizeof text) == -1)
                continue;
        if (FD_ISSET(timer, &readable) && rounds % 8 == 0 && write(counter, &(uint64_t){1}, 8) != 8)
            die("write");
        for (int fd = 0; fd <= highest; fd++) {
            if (!is_client[fd] || !(FD_ISSET(fd, &readable) || FD_ISSET(fd, &writable)))
                continue;
            enum step step = echo_step(fd);
            stuck[fd] = step == STUCK || (stuck[fd] && step == WOULD_BLOCK);
            if (step == CLOSED) {
                is_client[fd] = false;
                close_client(fd);
            }
        }
        int fd = FD_ISSET(listener, &readable) ? accept_client(listener, SOCK_NONBLOCK) : NO_CLIENT;
        if (fd >= FD_SETSIZE) {
            refuse_client(fd, "FD_SETSIZE", fd);
        } else if (fd >= 0) {
            is_client[fd] = true;
            highest = fd > highest ? fd : highest;
        }
    }
}
