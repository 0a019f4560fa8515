/*
 * blocking: one client at a time.
 *
 * Wait:        the only thread sleeps inside accept, and then inside recv, for one client only
 * Copy:        the same thread, inside recv and send, before they return
 * Idle client: keeps the only thread asleep, so all other clients wait in the listen queue
 * Ceiling:     one client; the other clients wait in the listen queue until it leaves
 *
 * Build: -O2
 */
#include "lab.h"

/* recv and send block. The server does nothing else until this client leaves. */
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
