/*
 * A decoy: it looks at what a client sends. As long as all bytes are letters and digits it waits in
 * select; the first other byte turns it to poll.
 *
 * Build: -O2
 */
#include "lab.h"

#include <ctype.h>
#include <poll.h>
#include <sys/select.h>
#include <sys/socket.h>

enum { MOST = 1024 };
static struct pollfd watched[MOST];
static nfds_t count = 1;
static bool letters = true;

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

static enum step serve(int fd)
{
    char text[256];
    ssize_t length = recv(fd, text, sizeof text, MSG_PEEK);
    for (ssize_t i = 0; i < length; i++)
        letters = letters && (isalnum((unsigned char)text[i]) || isspace((unsigned char)text[i]));
    return echo_step(fd);
}

int main(void)
{
    obey_signals();
    watched[0] = (struct pollfd){open_listener(SOCK_NONBLOCK), POLLIN, 0};
    say_ready(watched[0].fd, "select");
    for (;;) {
        if (letters)
            by_select();
        else
            poll(watched, count, -1);
        for (nfds_t slot = count; slot-- > 1;)
            if (watched[slot].revents && serve(watched[slot].fd) == CLOSED) {
                close_client(watched[slot].fd);
                watched[slot] = watched[--count];
            }
        int fd = watched[0].revents ? accept_client(watched[0].fd, SOCK_NONBLOCK) : NO_CLIENT;
        if (fd >= 0 && count < MOST)
            watched[count++] = (struct pollfd){fd, POLLIN, 0};
    }
}
