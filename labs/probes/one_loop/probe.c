/*
 * one_loop: can one epoll loop wait for signals, timers, children and threads, as for sockets?
 *
 * loop  Six things happen, one after the other: each makes a descriptor readable, and the loop
 *       names the one that it was notified of.
 * race  A program looks whether a signal has arrived, and then waits. How many signals does the
 *       wait not notice, if they arrive between the two? For a flag and poll, for ppoll, for the
 *       self-pipe and for signalfd.
 *
 * Build: -O2 -pthread
 */
#define _GNU_SOURCE
#include "finding.h"
#include "race.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE = 5000 }; /* milliseconds */
enum source { SOCKET, SIGNAL, TIMER, CHILD, THREAD, HANDLER, SOURCES };

static const char *const names[] = {"socket", "signal", "timer", "child", "thread", "handler"};
static const char *const kinds[] = {"socket", "signalfd", "timerfd", "pidfd", "eventfd",
                                    "self-pipe"};

static int epoll, fds[SOURCES], peer, self_write;

static int checked(int result, const char *call)
{
    if (result == -1)
        die(call);
    return result;
}

/* ---- What happens ----------------------------------------------------------------------------- */

static void *work(void *nothing)
{
    checked(eventfd_write(fds[THREAD], 1), "eventfd_write");
    return nothing;
}

static void in_handler(int number)
{
    int saved = errno;
    (void)number;
    (void)!write(self_write, "", 1);
    errno = saved;
}

/* The child ends when its socket is closed: not before the loop watches it. */
static pid_t start_child(int orders[2])
{
    char byte;
    checked(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, orders), "socketpair");
    pid_t child = checked(fork(), "fork");
    if (child == 0) {
        close(orders[1]);
        _exit(read(orders[0], &byte, 1) == 0 ? 0 : 1);
    }
    return child;
}

static void let_it_happen(enum source source, int child_s_orders)
{
    static const struct itimerspec soon = {.it_value.tv_nsec = 1000000};
    pthread_t thread;
    switch (source) {
    case SOCKET:
        checked((int)send(peer, "x", 1, 0), "send");
        break;
    case SIGNAL:
        checked(kill(getpid(), SIGUSR1), "kill");
        break;
    case TIMER:
        checked(timerfd_settime(fds[TIMER], 0, &soon, NULL), "timerfd_settime");
        break;
    case CHILD:
        checked(close(child_s_orders), "close");
        break;
    case THREAD:
        if ((errno = pthread_create(&thread, NULL, work, NULL)) != 0 ||
            (errno = pthread_join(thread, NULL)) != 0)
            die("pthread");
        break;
    default:
        checked(kill(getpid(), SIGUSR2), "kill");
    }
}

/* ---- The loop --------------------------------------------------------------------------------- */

static int signal_descriptor(int number)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    checked(sigprocmask(SIG_BLOCK, &set, NULL), "sigprocmask");
    return checked(signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC), "signalfd");
}

static void open_sources(pid_t child)
{
    struct sigaction action = {.sa_handler = in_handler};
    int ends[2];
    epoll = checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
    checked(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), "socketpair");
    fds[SOCKET] = ends[0];
    peer = ends[1];
    fds[SIGNAL] = signal_descriptor(SIGUSR1);
    fds[TIMER] = checked(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC), "timerfd");
    fds[CHILD] = checked((int)syscall(SYS_pidfd_open, child, 0), "pidfd_open");
    fds[THREAD] = checked(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd");
    checked(pipe2(ends, O_NONBLOCK | O_CLOEXEC), "pipe2");
    fds[HANDLER] = ends[0];
    self_write = ends[1];
    checked(sigaction(SIGUSR2, &action, NULL), "sigaction");
    for (unsigned i = 0; i < SOURCES; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
        checked(epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &event), "epoll_ctl");
    }
}

static int wait_once(int milliseconds)
{
    struct epoll_event event;
    int ready;
    while ((ready = epoll_wait(epoll, &event, 1, milliseconds)) == -1)
        if (errno != EINTR) /* the handler of SIGUSR2 ran */
            die("epoll_wait");
    return ready == 0 ? -1 : (int)event.data.u32;
}

/* Read what made the descriptor readable. A pidfd has nothing to read: wait for the child. */
static void consume(enum source source)
{
    char bytes[sizeof(struct signalfd_siginfo)];
    siginfo_t about;
    if (source != CHILD) {
        checked((int)read(fds[source], bytes, sizeof bytes), "read");
        return;
    }
    checked(waitid(P_PIDFD, (id_t)fds[CHILD], &about, WEXITED), "waitid");
    checked(close(fds[CHILD]), "close");
}

static void run_loop(void)
{
    int orders[2];
    open_sources(start_child(orders));
    for (enum source source = 0; source < SOURCES; source++) {
        int before = wait_once(0);
        let_it_happen(source, orders[1]);
        int woken_by = wait_once(PATIENCE);
        if (woken_by != -1)
            consume((enum source)woken_by);
        begin_finding("one_loop");
        add_text("case", "loop");
        add_text("source", names[source]);
        add_text("descriptor", kinds[source]);
        add_text("before", before == -1 ? "nothing" : names[before]);
        add_text("woken_by", woken_by == -1 ? "nothing" : names[woken_by]);
        end_finding();
    }
}

int main(int count, char **words)
{
    run_loop();
    count_lost_signals(read_argument(count, words, "tries", 1000));
    return 0;
}
