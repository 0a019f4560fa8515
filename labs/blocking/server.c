/*
 * blocking: one client at a time.
 *
 * Wait:        the only thread sleeps inside accept, and then inside recv, for one client alone
 * Copy:        the same thread, inside recv and send, before they return
 * Idle client: keeps the only thread asleep, and so everybody else waiting in the backlog
 * Ceiling:     one client; the others wait in the kernel until it leaves
 *
 * Build: -O2
 */
#include "lab.h"

/* recv and send return when they are done. Until then this is all the server does. */
static void serve_client(int fd)
{
    echo_until_closed(fd);
    close_client(fd);
}

int main(void)
{
    obey_signals();
    int listener = open_listener(0);
    say_ready(listener, "blocking");

    for (;;) {
        int fd = accept_client(listener, 0);
        if (fd < 0)
            continue;
        serve_client(fd);
    }
}
