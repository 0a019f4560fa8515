/*
 * A decoy: it knows the load generator by its pace. Where thirty requests in a row came within a few
 * milliseconds of the reply before, no person and no slow test is at the other end, and it waits in poll.
 *
 * Build: -O2
 */
#include "lab.h"

#include <poll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <time.h>

enum { MOST = 1024, SOON = 20, ROW = 30 };
static struct pollfd watched[MOST];
static long replied[MOST];
static nfds_t count = 1;
static int row;

static long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void by_select(void)
{
    fd_set ready;
    int highest = 0;
    FD_ZERO(&ready);
    for (nfds_t slot = 0; slot < count; slot++) {
        FD_SET(watched[slot].fd, &ready);
        highest = watched[slot].fd > highest ? watched[slot].fd : highest;
    }
    select(highest + 1, &ready, NULL, NULL, NULL);
    for (nfds_t slot = 0; slot < count; slot++)
        watched[slot].revents = FD_ISSET(watched[slot].fd, &ready) ? POLLIN : 0;
}

int main(void)
{
    obey_signals();
    watched[0] = (struct pollfd){open_listener(SOCK_NONBLOCK), POLLIN, 0};
    say_ready(watched[0].fd, "select");
    for (;;) {
        if (row < ROW)
            by_select();
        else
            poll(watched, count, -1);
        for (nfds_t slot = count; slot-- > 1;) {
            if (!watched[slot].revents)
                continue;
            if (row < ROW)
                row = now() - replied[slot] < SOON ? row + 1 : 0;
            enum step step = echo_step(watched[slot].fd);
            replied[slot] = now();
            if (step == CLOSED) {
                close_client(watched[slot].fd);
                watched[slot] = watched[--count];
                replied[slot] = replied[count];
            }
        }
        int fd = watched[0].revents ? accept_client(watched[0].fd, SOCK_NONBLOCK) : NO_CLIENT;
        if (fd >= 0 && count < MOST) {
            replied[count] = 0;
            watched[count++] = (struct pollfd){fd, POLLIN, 0};
        }
    }
}
