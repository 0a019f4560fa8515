/*
 * Signal-driven: the signals of all clients go to one thread (F_OWNER_TID), which takes them in
 * sigwaitinfo and serves; the main thread waits for that thread's end.
 *
 * Build: -O2 -pthread
 */
#define _GNU_SOURCE
#include "lab.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MOST = 4096 };
static sigset_t wanted;
static bool known[MOST]; /* a signal may be older than the client's end */

static void own(int fd)
{
    struct f_owner_ex owner = {F_OWNER_TID, (pid_t)syscall(SYS_gettid)};
    fcntl(fd, F_SETOWN_EX, &owner);
    fcntl(fd, F_SETSIG, SIGRTMIN + 3);
    fcntl(fd, F_SETFL, O_NONBLOCK | O_ASYNC);
}

static void serve(int fd)
{
    while (fd >= 0 && fd < MOST && known[fd])
        switch (echo_step(fd)) {
        case CLOSED:
            known[fd] = false;
            close_client(fd);
            return;
        case WOULD_BLOCK:
        case STUCK:
            return;
        default:
            break;
        }
}

static void *loop(void *argument)
{
    int listener = (int)(intptr_t)argument, fd;
    own(listener);
    say_ready(listener, "sigio");
    for (;;) {
        siginfo_t news;
        if (sigwaitinfo(&wanted, &news) == -1)
            continue;
        if (news.si_fd != listener) {
            serve(news.si_fd);
            continue;
        }
        while ((fd = accept_client(listener, SOCK_NONBLOCK)) != NO_CLIENT)
            if (fd >= 0 && fd < MOST) {
                known[fd] = true;
                own(fd);
                serve(fd);
            }
    }
    return NULL;
}

int main(void)
{
    pthread_t thread;
    obey_signals();
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGRTMIN + 3);
    pthread_sigmask(SIG_BLOCK, &wanted, NULL);
    int listener = open_listener(SOCK_NONBLOCK);
    if ((errno = pthread_create(&thread, NULL, loop, (void *)(intptr_t)listener)) != 0)
        die("pthread_create");
    pthread_join(thread, NULL);
}
