/*
 * select, with a second listening socket on a port that the kernel chose, for an operator.
 *
 * Build: -O2
 */
#include "lab.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/socket.h>

int main(void)
{
    fd_set all;
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    obey_signals();
    int other = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (bind(other, (struct sockaddr *)&own, sizeof own) || listen(other, 5))
        die("listen");
    int listener = open_listener(SOCK_NONBLOCK), highest = listener > other ? listener : other;
    FD_ZERO(&all);
    FD_SET(listener, &all);
    FD_SET(other, &all);
    say_ready(listener, "select");
    for (;;) {
        fd_set ready = all;
        if (select(highest + 1, &ready, NULL, NULL, NULL) <= 0)
            continue;
        for (int fd = 0, limit = highest; fd <= limit; fd++) {
            if (!FD_ISSET(fd, &ready))
                continue;
            if (fd != listener && fd != other) {
                if (echo_step(fd) == CLOSED) {
                    FD_CLR(fd, &all);
                    close_client(fd);
                }
                continue;
            }
            int client = accept_client(fd, SOCK_NONBLOCK);
            if (client >= 0 && client < FD_SETSIZE) {
                FD_SET(client, &all);
                highest = client > highest ? client : highest;
            }
        }
    }
}
