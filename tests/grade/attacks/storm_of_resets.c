/* Every connection is accepted and reset at once.
 * Expect: fails */
#include "lab.h"
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    struct linger now = {1, 0};
    obey_signals();
    int listener = open_listener(0);
    say_ready(listener, "blocking");
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        close(fd);
    }
}
