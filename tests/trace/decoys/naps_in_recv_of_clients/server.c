/*
 * A decoy: a blocking recv with a timeout of one millisecond, for one client after another.
 *
 * Build: -O2
 */
#include "lab.h"

#include <sys/socket.h>
#include <sys/time.h>

enum { MOST = 1024 };
static int clients[MOST], count;

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK);
    say_ready(listener, "nonblocking");
    for (;;) {
        for (int i = count - 1; i >= 0; i--)
            if (echo_step(clients[i]) == CLOSED) {
                close_client(clients[i]);
                clients[i] = clients[--count];
            }
        for (int fd; (fd = accept_client(listener, 0)) >= 0;) {
            struct timeval patience = {0, 1000};
            setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
            clients[count++] = fd;
        }
    }
}
