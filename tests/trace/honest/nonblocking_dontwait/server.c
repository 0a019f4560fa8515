/*
 * Busy polling of every client with MSG_DONTWAIT on blocking sockets.
 *
 * Build: -O2
 */
#include "lab.h"

#include <sys/socket.h>

enum { MOST = 1024 };
static int clients[MOST], count;

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK);
    say_ready(listener, "nonblocking");
    for (;;) {
        char text[4096];
        for (int i = count - 1; i >= 0; i--) {
            ssize_t length = recv(clients[i], text, sizeof text, MSG_DONTWAIT);
            if (length > 0)
                send(clients[i], text, (size_t)length, 0);
            if (length == 0) {
                close_client(clients[i]);
                clients[i] = clients[--count];
            }
        }
        for (int fd; (fd = accept_client(listener, 0)) >= 0;)
            clients[count++] = fd;
    }
}
