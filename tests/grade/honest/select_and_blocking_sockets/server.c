/*
 * select with sockets that block: one recv and one send for each client that select names.
 *
 * Build: -O2
 */
#include "lab.h"

#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    fd_set all;
    obey_signals();
    int listener = open_listener(0), highest = listener;
    FD_ZERO(&all);
    FD_SET(listener, &all);
    say_ready(listener, "select");
    for (;;) {
        fd_set ready = all;
        char text[1024];
        if (select(highest + 1, &ready, NULL, NULL, NULL) <= 0)
            continue;
        for (int fd = 0; fd <= highest; fd++) {
            if (fd == listener || !FD_ISSET(fd, &ready))
                continue;
            ssize_t length = read(fd, text, sizeof text);
            if (length > 0) {
                (void)!write(fd, text, (size_t)length);
                continue;
            }
            FD_CLR(fd, &all);
            close(fd);
        }
        int fd = FD_ISSET(listener, &ready) ? accept(listener, NULL, NULL) : -1;
        if (fd >= 0 && fd < FD_SETSIZE) {
            FD_SET(fd, &all);
            highest = fd > highest ? fd : highest;
        }
    }
}
