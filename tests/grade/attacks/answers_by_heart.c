/* Never looks at a request: it learns the first one of each client, takes the later ones without
 * copying them (MSG_TRUNC), and answers from memory; where nothing is to be taken it answers ahead.
 * Expect: fails */
#include "lab.h"
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    char text[65536];
    obey_signals();
    int listener = open_listener(0);
    say_ready(listener, "fork");
    for (;;) {
        int fd = accept_client(listener, 0);
        if (fd >= 0 && fork() == 0) {
            ssize_t length = recv(fd, text, sizeof text, 0);
            while (length > 0 && send(fd, text, (size_t)length, MSG_NOSIGNAL) == length)
                if (recv(fd, NULL, sizeof text, MSG_TRUNC) <= 0)
                    break;
            _exit(0);
        }
        if (fd >= 0)
            close(fd);
    }
}
