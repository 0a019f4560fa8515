/*
 * A decoy: select for the first twenty clients; then the program executes itself anew, with all clients open, and
 * the new one waits in poll.
 *
 * Build: -O2
 */
#include "lab.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <fcntl.h>
#include <unistd.h>

enum { MOST = 1024, FEW = 20 };
static struct pollfd watched[MOST];
static nfds_t count;

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

static void execute_anew(char **words)
{
    static char list[MOST * 5];
    for (nfds_t slot = 0; slot < count; slot++) {
        fcntl(watched[slot].fd, F_SETFD, 0);
        snprintf(list + strlen(list), sizeof list - strlen(list), "%d ", watched[slot].fd);
    }
    setenv("CLIENTS", list, 1);
    execv("/proc/self/exe", words);
}

int main(int argc, char **words)
{
    char *list = getenv("CLIENTS");
    (void)argc;
    obey_signals();
    if (list == NULL) {
        watched[count++] = (struct pollfd){open_listener(SOCK_NONBLOCK), POLLIN, 0};
        say_ready(watched[0].fd, "select");
    }
    for (char *word = list ? strtok(list, " ") : NULL; word; word = strtok(NULL, " "))
        watched[count++] = (struct pollfd){atoi(word), POLLIN, 0};
    for (;;) {
        if (list == NULL && count > FEW)
            execute_anew(words);
        if (list == NULL)
            by_select();
        else
            poll(watched, count, -1);
        for (nfds_t slot = count; slot-- > 1;)
            if (watched[slot].revents && echo_step(watched[slot].fd) == CLOSED) {
                close_client(watched[slot].fd);
                watched[slot] = watched[--count];
            }
        int fd = watched[0].revents ? accept_client(watched[0].fd, SOCK_NONBLOCK) : NO_CLIENT;
        if (fd >= 0 && count < MOST)
            watched[count++] = (struct pollfd){fd, POLLIN, 0};
    }
}
