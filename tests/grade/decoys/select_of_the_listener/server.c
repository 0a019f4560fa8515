/*
 * A decoy: select waits one millisecond for the listener; then the server asks every client by recv
 * with MSG_DONTWAIT.
 *
 * Build: -O2
 */
#include "lab.h"

#include <sys/select.h>
#include <sys/socket.h>

enum { MOST = 1024 };
static int clients[MOST], count;

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK);
    say_ready(listener, "select");
    for (;;) {
        fd_set ready;
        FD_ZERO(&ready);
        FD_SET(listener, &ready);
        select(listener + 1, &ready, NULL, NULL, &(struct timeval){0, 1000});
        for (int fd; count < MOST && (fd = accept_client(listener, SOCK_NONBLOCK)) >= 0;)
            clients[count++] = fd;
        for (int i = count; i-- > 0;) {
            char text[16384];
            ssize_t length = recv(clients[i], text, sizeof text, MSG_DONTWAIT);
            if (length > 0) {
                send(clients[i], text, (size_t)length, MSG_NOSIGNAL);
            } else if (length == 0) {
                close_client(clients[i]);
                clients[i] = clients[--count];
            }
        }
    }
}
