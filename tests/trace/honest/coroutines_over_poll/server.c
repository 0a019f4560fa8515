/*
 * A coroutine for each client (ucontext), switched by one poll loop.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <ucontext.h>

enum { MOST = 256, STACK = 1 << 15 };
static struct pollfd watched[MOST];
static ucontext_t contexts[MOST], scheduler;
static nfds_t count = 1;
static int current;

static void serve(int fd)
{
    for (;;) {
        char text[4096];
        swapcontext(&contexts[current], &scheduler);
        ssize_t length = recv(fd, text, sizeof text, 0);
        if (length <= 0)
            break;
        send(fd, text, (size_t)length, 0);
    }
    close_client(fd);
    watched[current].fd = -1;
    setcontext(&scheduler);
}

int main(void)
{
    obey_signals();
    watched[0] = (struct pollfd){open_listener(SOCK_NONBLOCK), POLLIN, 0};
    say_ready(watched[0].fd, "aecho");
    for (;;) {
        poll(watched, count, -1);
        for (nfds_t slot = 1; slot < count; slot++)
            if (watched[slot].fd >= 0 && watched[slot].revents) {
                current = (int)slot;
                swapcontext(&scheduler, &contexts[slot]);
            }
        int fd = watched[0].revents ? accept_client(watched[0].fd, SOCK_NONBLOCK) : NO_CLIENT;
        if (fd < 0 || count == MOST)
            continue;
        current = (int)count;
        watched[count] = (struct pollfd){fd, POLLIN, 0};
        getcontext(&contexts[count]);
        contexts[count].uc_stack.ss_sp = malloc(STACK);
        contexts[count].uc_stack.ss_size = STACK;
        makecontext(&contexts[count], (void (*)(void))serve, 1, fd);
        swapcontext(&scheduler, &contexts[count++]);
    }
}
