/*
 * Signal-driven: each client's realtime signal is read from a signalfd, which blocks, and names the
 * descriptor.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 4096 };
static int number;
static bool connected[MOST];

static void watch(int fd)
{
    fcntl(fd, F_SETOWN, getpid());
    fcntl(fd, F_SETSIG, number);
    fcntl(fd, F_SETFL, O_NONBLOCK | O_ASYNC);
}

static void serve(int fd)
{
    enum step step = WOULD_BLOCK;
    while (connected[fd] && ((step = echo_step(fd)) == ECHOED || step == FLUSHED))
        continue;
    if (step != CLOSED)
        return;
    connected[fd] = false; /* a signal about it may be queued */
    close_client(fd);
}

int main(void)
{
    sigset_t set;
    struct signalfd_siginfo info;
    obey_signals();
    number = SIGRTMIN + 1;
    sigemptyset(&set);
    sigaddset(&set, number);
    sigprocmask(SIG_BLOCK, &set, NULL);
    int listener = open_listener(SOCK_NONBLOCK), signals = signalfd(-1, &set, SFD_CLOEXEC);
    watch(listener);
    say_ready(listener, "sigio");
    while (read(signals, &info, sizeof info) == sizeof info) {
        int fd = info.ssi_fd;
        if (fd != listener) {
            serve(fd);
            continue;
        }
        while ((fd = accept_client(listener, SOCK_NONBLOCK)) >= 0 && fd < MOST) {
            connected[fd] = true;
            watch(fd);
            serve(fd); /* bytes that came before O_ASYNC was set */
        }
    }
}
