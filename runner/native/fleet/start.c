/* 3 loop: commands on stdin. `start` starts the measurement, `stop` or the end of file ends the
 * run; other lines are ignored. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "loop.h"

void start_read(struct loop *loop)
{
    static char line[64];
    static size_t length;
    char bytes[64];
    ssize_t n = read(STDIN_FILENO, bytes, sizeof bytes);
    if (n == -1 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n <= 0)
        loop->stopped = "stdin";
    for (ssize_t i = 0; i < n && !loop->go && !loop->stopped; i++) {
        if (bytes[i] != '\n') {
            if (length < sizeof line - 1)
                line[length++] = bytes[i];
            continue;
        }
        line[length] = '\0';
        length = 0;
        if (strcmp(line, "start") == 0)
            loop->go = true;
        else if (strcmp(line, "stop") == 0)
            loop->stopped = "stdin";
    }
}
