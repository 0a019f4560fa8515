/* More than any client asked for, for ever.
 * Expect: fails */
#include "lab.h"
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    static char block[1 << 16];
    memset(block, 'x', sizeof block);
    obey_signals();
    int listener = open_listener(0);
    say_ready(listener, "fork");
    for (;;) {
        int fd = accept_client(listener, 0);
        if (fd >= 0 && fork() == 0) {
            while (send(fd, block, sizeof block, MSG_NOSIGNAL) > 0)
                ;
            _exit(0);
        }
        if (fd >= 0)
            close(fd);
    }
}
