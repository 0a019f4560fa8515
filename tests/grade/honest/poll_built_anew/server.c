/*
 * poll with an array that is built anew for each call, allocated and freed.
 *
 * Build: -O2
 */
#include "lab.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { MOST = 1024 };
static int clients[MOST], count;

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK);
    say_ready(listener, "poll");
    for (;;) {
        int asked = count;
        struct pollfd *watched = calloc((size_t)asked + 1, sizeof *watched);
        if (watched == NULL)
            die("calloc");
        for (int i = 0; i < asked; i++)
            watched[i] = (struct pollfd){clients[i], POLLIN | POLLPRI, 0};
        watched[asked] = (struct pollfd){listener, POLLIN, 0};
        poll(watched, (nfds_t)asked + 1, -1);
        for (int i = asked; i-- > 0;)
            if (watched[i].revents && echo_step(clients[i]) == CLOSED) {
                close_client(clients[i]);
                clients[i] = clients[--count];
            }
        int fd = watched[asked].revents && count < MOST ? accept_client(listener, SOCK_NONBLOCK) : -1;
        if (fd >= 0)
            clients[count++] = fd;
        free(watched);
    }
}
