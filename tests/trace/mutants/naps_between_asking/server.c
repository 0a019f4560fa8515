/*
 * A mutant: it claims to be non-blocking, but sleeps for a moment between two rounds.
 *
 * Build: -O2
 */
#include "lab.h"

#include <sys/socket.h>
#include <time.h>

enum { MOST = 1024 };
static int clients[MOST];
static int count;

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK);
    say_ready(listener, "nonblocking");

    for (;;) {
        int fd = accept_client(listener, SOCK_NONBLOCK);
        if (fd >= 0 && count < MOST)
            clients[count++] = fd;
        for (int i = count; i-- > 0;) {
            if (echo_step(clients[i]) != CLOSED)
                continue;
            close_client(clients[i]);
            clients[i] = clients[--count];
        }
        struct timespec nap = {0, 10 * 1000 * 1000};
        nanosleep(&nap, NULL);
    }
}
