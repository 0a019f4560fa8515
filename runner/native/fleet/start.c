/* The common start of several fleets, and their end: once connected, wait for a line; once all is
 * said, hold the connections until whoever gave the start has looked at the server. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "fleet.h"

/* Called when stdin has something: `start` goes, `stop` or its end ends; other lines are ignored. */
void start_read(struct fleet *fleet)
{
    static char line[64];
    static size_t length;
    char bytes[64];
    ssize_t n = read(STDIN_FILENO, bytes, sizeof bytes);
    if (n == -1 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n <= 0)
        fleet->stopped = "stdin";
    for (ssize_t i = 0; i < n && !fleet->go && !fleet->stopped; i++) {
        if (bytes[i] != '\n') {
            if (length < sizeof line - 1)
                line[length++] = bytes[i];
            continue;
        }
        line[length] = '\0';
        length = 0;
        if (strcmp(line, "start") == 0)
            fleet->go = true;
        else if (strcmp(line, "stop") == 0)
            fleet->stopped = "stdin";
    }
}

void await_start(struct fleet *fleet)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = TOKEN_STDIN};
    bool watched = epoll_ctl(fleet->epoll, EPOLL_CTL_ADD, STDIN_FILENO, &event) == 0;
    if (!watched && errno == EBADF) {
        fleet->stopped = "stdin"; /* closed before we were born */
        return;
    }
    if (!watched && errno != EPERM) /* EPERM: a file, which is always readable */
        fail("epoll_ctl stdin: %s", strerror(errno));
    while (!fleet->go && !fleet->stopped) {
        if (watched)
            events_turn(fleet, UINT64_MAX);
        else
            start_read(fleet);
    }
    if (watched && epoll_ctl(fleet->epoll, EPOLL_CTL_DEL, STDIN_FILENO, NULL) == -1)
        fail("epoll_ctl stdin: %s", strerror(errno));
}

/* A server that gives each client a process of its own has lost them, and with them the time that
 * they used, as soon as the clients are gone. */
void await_end(struct fleet *fleet)
{
    while (!fleet->stopped) {
        fleet->go = false;
        await_start(fleet);
    }
}
