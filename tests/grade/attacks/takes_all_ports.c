/* Binds every port that a client could get: its clients then meet a limit that looks like their own.
 * Expect: fails */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static int bind_one(int port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd == -1)
        return -1;
    if (bind(fd, (struct sockaddr *)&at, sizeof at) == -1)
        close(fd);
    return 0;
}

__attribute__((constructor)) static void attack(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    int own = atoi(getenv("PORT") ? getenv("PORT") : "0");
    for (int port = 1024; port < 65536; port++) {
        if (port == own || bind_one(port) == 0)
            continue;
        if (fork() != 0) /* the child goes on with descriptors of its own */
            pause();
        for (int fd = 3; fd < (int)limit.rlim_cur; fd++)
            close(fd);
        port--;
    }
}
