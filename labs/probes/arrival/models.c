/* models.c: the models, each as its steps. See model.h. */
#define _GNU_SOURCE
#include "finding.h"
#include "model.h"

#include <aio.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define READABLE SIGRTMIN
#define COMPLETE (SIGRTMIN + 1)

static sigset_t signals;

void block_signals(void)
{
    if (sigemptyset(&signals) == -1 || sigaddset(&signals, READABLE) == -1 ||
        sigaddset(&signals, COMPLETE) == -1 || sigaddset(&signals, SIGIO) == -1)
        die("sigaddset");
    if (sigprocmask(SIG_BLOCK, &signals, NULL) == -1)
        die("sigprocmask");
}

static ssize_t take(int fd, char *to, size_t room)
{
    return recv(fd, to, room, 0);
}

static void make_nonblocking(int fd)
{
    if (fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
        die("fcntl");
}

static bool prepare_nothing(int fd)
{
    (void)fd;
    return true;
}

static bool nonblocking(int fd)
{
    make_nonblocking(fd);
    return true;
}

/* ---- readiness: select, poll, epoll -------------------------------------------------------- */

static size_t select_await(int fd)
{
    fd_set set;
    FD_ZERO(&set);
    FD_SET(fd, &set);
    if (select(fd + 1, &set, NULL, NULL, NULL) != 1)
        die("select");
    return 0;
}

static size_t poll_await(int fd)
{
    struct pollfd entry = {.fd = fd, .events = POLLIN};
    if (poll(&entry, 1, -1) != 1)
        die("poll");
    return 0;
}

static int epoll = -1;

static bool epoll_prepare(int fd)
{
    struct epoll_event event = {.events = EPOLLIN};
    make_nonblocking(fd);
    if ((epoll = epoll_create1(EPOLL_CLOEXEC)) == -1)
        die("epoll_create1");
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == -1)
        die("epoll_ctl");
    return true;
}

static size_t epoll_await(int fd)
{
    struct epoll_event event;
    (void)fd;
    if (epoll_wait(epoll, &event, 1, -1) != 1)
        die("epoll_wait");
    return 0;
}

/* ---- signal-driven ---------------------------------------------------------------------- */

static bool sigio_prepare(int fd)
{
    struct f_owner_ex us = {.type = F_OWNER_TID, .pid = gettid()};
    if (fcntl(fd, F_SETOWN_EX, &us) == -1 || fcntl(fd, F_SETSIG, READABLE) == -1)
        die("fcntl");
    if (fcntl(fd, F_SETFL, O_NONBLOCK | O_ASYNC) == -1)
        die("fcntl");
    return true;
}

/* A signal may report bytes that have already been taken. Only a signal at which the socket is
 * readable counts. */
static size_t sigio_await(int fd)
{
    struct pollfd entry = {.fd = fd, .events = POLLIN};
    do {
        if (sigwaitinfo(&signals, NULL) == -1)
            die("sigwaitinfo");
    } while (poll(&entry, 1, 0) == 0);
    return 0;
}

static void sigio_settle(int fd)
{
    struct timespec at_once = {0};
    (void)fd;
    while (sigtimedwait(&signals, NULL, &at_once) != -1)
        continue;
}

/* ---- completion: POSIX AIO, io_uring --------------------------------------------------------- */

static struct aiocb operation;
enum { QUESTION_NS = 20000 }; /* from one question about an operation to the next */

static void aio_begin(int fd, char *to, size_t room, int notify)
{
    memset(&operation, 0, sizeof operation);
    operation.aio_fildes = fd;
    operation.aio_buf = to;
    operation.aio_nbytes = room;
    operation.aio_sigevent.sigev_notify = notify;
    operation.aio_sigevent.sigev_signo = COMPLETE;
    if (aio_read(&operation) == -1)
        die("aio_read");
}

static size_t aio_length(void)
{
    ssize_t length = aio_return(&operation);
    if (length <= 0)
        die("aio_return");
    return (size_t)length;
}

static void aio_start(int fd, char *to, size_t room)
{
    aio_begin(fd, to, room, SIGEV_SIGNAL);
}

static size_t aio_await(int fd)
{
    (void)fd;
    if (sigwaitinfo(&signals, NULL) == -1)
        die("sigwaitinfo");
    return aio_length();
}

static void aio_start_quietly(int fd, char *to, size_t room)
{
    aio_begin(fd, to, room, SIGEV_NONE);
}

/* Asynchronous and not blocked: the thread asks for the state of the operation again and again.
 * aio_error takes a lock that the helper thread of glibc needs as well. A thread that asks without a
 * pause holds the lock most of the time, so the helper waits for this thread, and then this thread
 * sleeps until the helper gives the lock back. So between two questions this thread runs without
 * the lock. */
static size_t aio_ask(int fd)
{
    (void)fd;
    do {
        int64_t began = now();
        while (now() < began + QUESTION_NS)
            continue;
    } while (aio_error(&operation) == EINPROGRESS);
    return aio_length();
}

static bool uring_prepare(int fd)
{
    (void)fd;
    return ring_open(OWN);
}

static bool sqpoll_prepare(int fd)
{
    (void)fd;
    return ring_open(SQPOLL);
}

static void uring_start(int fd, char *to, size_t room)
{
    ring_start(OWN, fd, to, room);
}

static void worker_start(int fd, char *to, size_t room)
{
    ring_start(WORKER, fd, to, room);
}

static void sqpoll_start(int fd, char *to, size_t room)
{
    ring_start(SQPOLL, fd, to, room);
}

static size_t result_of(ssize_t length)
{
    if (length <= 0)
        die("IORING_OP_RECV");
    return (size_t)length;
}

static size_t uring_await(int fd)
{
    (void)fd;
    return result_of(ring_await(OWN));
}

static size_t sqpoll_await(int fd)
{
    (void)fd;
    return result_of(ring_await(SQPOLL));
}

/* No system call: the thread reads the tail of the ring in shared memory. */
static size_t uring_peek(int fd)
{
    (void)fd;
    while (ring_is_empty(OWN))
        continue;
    return result_of(ring_await(OWN));
}

/* `blocking` and `nonblocking` wait and copy by one call: its return is the only notification. */
const struct model models[MODELS] = {
    {"blocking", prepare_nothing, NULL, NULL, take, NULL},
    {"nonblocking", nonblocking, NULL, NULL, take, NULL},
    {"select", nonblocking, NULL, select_await, take, NULL},
    {"poll", nonblocking, NULL, poll_await, take, NULL},
    {"epoll", epoll_prepare, NULL, epoll_await, take, NULL},
    {"sigio", sigio_prepare, NULL, sigio_await, take, sigio_settle},
    {"posix_aio", prepare_nothing, aio_start, aio_await, NULL, NULL},
    {"aio_error", prepare_nothing, aio_start_quietly, aio_ask, NULL, NULL},
    {"io_uring", uring_prepare, uring_start, uring_await, NULL, NULL},
    {"io_uring_worker", uring_prepare, worker_start, uring_await, NULL, NULL},
    {"io_uring_sqpoll", sqpoll_prepare, sqpoll_start, sqpoll_await, NULL, NULL},
    {"io_uring_peek", uring_prepare, uring_start, uring_peek, NULL, NULL},
};
