/*
 * A process for each client, made by clone3 with a descriptor for the child (pidfd); the server waits in
 * poll for the listener and for the ends of its children.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 512 };

static pid_t child(int *handle)
{
    struct clone_args wanted = {.flags = CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
        .pidfd = (uint64_t)(uintptr_t)handle, .exit_signal = SIGCHLD};
    pid_t pid = (pid_t)syscall(SYS_clone3, &wanted, sizeof wanted);
    if (pid != -1)
        return pid;
    *handle = -1; /* no clone3 here */
    pid = fork();
    if (pid > 0)
        *handle = (int)syscall(SYS_pidfd_open, pid, 0);
    return pid;
}

int main(void)
{
    static struct pollfd watched[MOST];
    nfds_t count = 1;
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), parent = getpid();
    watched[0] = (struct pollfd){listener, POLLIN, 0};
    say_ready(listener, "fork");
    for (;;) {
        poll(watched, count < MOST ? count : 1, -1);
        for (nfds_t i = count; i-- > 1;)
            if (watched[i].revents != 0) {
                siginfo_t end;
                waitid(P_PIDFD, (id_t)watched[i].fd, &end, WEXITED);
                close(watched[i].fd);
                watched[i] = watched[--count];
            }
        int fd = watched[0].revents ? accept_client(listener, 0) : NO_CLIENT, handle = -1;
        if (fd < 0)
            continue;
        if (count == MOST) {
            refuse_client(fd, "EAGAIN", fd);
            continue;
        }
        pid_t pid = child(&handle);
        if (pid == 0) {
            follow_parent(parent);
            close(listener);
            echo_until_closed(fd);
            _exit(0);
        }
        if (pid > 0)
            watched[count++] = (struct pollfd){handle, POLLIN, 0};
        close(fd);
    }
}
