/* Right bytes for a while, then others.
 * Expect: fails */
#include "lab.h"
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    char text[4096];
    obey_signals();
    int listener = open_listener(0);
    say_ready(listener, "fork");
    for (;;) {
        int fd = accept_client(listener, 0);
        if (fd >= 0 && fork() == 0) {
            ssize_t length;
            for (int served = 0; (length = recv(fd, text, sizeof text, 0)) > 0; served++) {
                if (served > 20)
                    text[length - 1] ^= 1;
                send(fd, text, (size_t)length, MSG_NOSIGNAL);
            }
            _exit(0);
        }
        if (fd >= 0)
            close(fd);
    }
}
