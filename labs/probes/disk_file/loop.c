/* loop.c: an event loop with one client, and files to read. See loop.h. */
#define _GNU_SOURCE
#include "loop.h"
#include "finding.h"
#include "ring.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum name { CLIENT, DONE, RING };
enum { BEFORE = 50, AFTER = 50 }; /* replies before and after the reading */

static char buffer[CHUNK];

/* ---- The client: a thread that sends a byte and waits for it --------------------------------- */

struct client {
    int fd;
    _Atomic int64_t began, ended; /* of the reading; 0 while it has not */
    int64_t longest;
    long replies;
};

static void *ask_again_and_again(void *given)
{
    struct client *client = given;
    char byte = '?';
    for (;;) {
        int64_t asked = now();
        if (send(client->fd, &byte, 1, MSG_NOSIGNAL) != 1 || recv(client->fd, &byte, 1, 0) != 1)
            return NULL; /* the loop has ended */
        int64_t answered = now();
        int64_t began = client->began, ended = client->ended;
        if (began == 0 || (ended != 0 && asked > ended))
            continue;
        /* The request waited for the reading no longer than there was a reading. */
        int64_t from = asked > began ? asked : began;
        int64_t until = ended != 0 && answered > ended ? ended : answered;
        if (until - from > client->longest)
            client->longest = until - from;
        client->replies += ended == 0;
    }
}

/* ---- The reading ------------------------------------------------------------------------------ */

struct reading {
    const int *fds;
    int count, at; /* the files, and which of them is read now */
    off_t offset;
    long bytes;
    int done; /* an eventfd that becomes readable after the last byte */
};

/* Go on behind n bytes that were read, and behind its last byte to the next file. False at the end of
 * the last file. */
static bool advance(struct reading *reading, ssize_t n)
{
    if (n == -1)
        die("read");
    reading->bytes += n;
    reading->offset += n;
    if (n == 0 || reading->offset >= LENGTH) {
        reading->at++;
        reading->offset = 0;
    }
    return reading->at < reading->count;
}

static void say_done(const struct reading *reading)
{
    if (eventfd_write(reading->done, 1) == -1)
        die("eventfd_write");
}

/* pread sleeps while the disk works, whichever thread calls it. */
static void *read_everything(void *given)
{
    struct reading *reading = given;
    while (advance(reading, pread(reading->fds[reading->at], buffer, CHUNK, reading->offset)))
        continue;
    say_done(reading);
    return NULL;
}

static void request_next(struct reading *reading)
{
    ring_read(reading->fds[reading->at], buffer, CHUNK, reading->offset);
}

static void take_completion(struct reading *reading)
{
    if (advance(reading, ring_result()))
        request_next(reading);
    else
        say_done(reading);
}

/* ---- The loop --------------------------------------------------------------------------------- */

static int epoll, ends[2];
static pthread_t reader;

static void watch(int fd, enum name name)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = name};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == -1)
        die("epoll_ctl");
}

static void begin(struct reading *reading, enum way way)
{
    if (way == IN_THE_LOOP)
        read_everything(reading);
    else if (way == BY_IO_URING)
        request_next(reading);
    else if ((errno = pthread_create(&reader, NULL, read_everything, reading)) != 0)
        die("pthread_create");
}

static void echo(int fd)
{
    char byte;
    if (recv(fd, &byte, 1, 0) != 1 || send(fd, &byte, 1, MSG_NOSIGNAL) != 1)
        die("echo");
}

/* The loop knows three descriptors, and a file is not among them. */
static void serve(struct client *client, struct reading *reading, enum way way)
{
    struct epoll_event event;
    for (int served = 0, after = 0; after < AFTER;) {
        if (epoll_wait(epoll, &event, 1, -1) == -1) {
            if (errno != EINTR) /* io_uring interrupts the thread to complete a request in it */
                die("epoll_wait");
            continue;
        }
        if (event.data.u32 == RING) {
            take_completion(reading);
        } else if (event.data.u32 == DONE) {
            eventfd_t value;
            client->ended = now();
            if (eventfd_read(reading->done, &value) == -1)
                die("eventfd_read");
        } else {
            echo(ends[0]);
            after += client->ended != 0;
            if (++served == BEFORE) {
                client->began = now();
                begin(reading, way);
            }
        }
    }
}

struct outcome read_in_loop(const int *fds, int count, enum way way, int ring)
{
    struct reading reading = {.fds = fds, .count = count, .done = eventfd(0, EFD_CLOEXEC)};
    struct client client = {0};
    pthread_t other;
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll == -1 || reading.done == -1 ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == -1)
        die("open");
    watch(ends[0], CLIENT);
    watch(reading.done, DONE);
    if (way == BY_IO_URING)
        watch(ring, RING);
    client.fd = ends[1];
    if ((errno = pthread_create(&other, NULL, ask_again_and_again, &client)) != 0)
        die("pthread_create");
    serve(&client, &reading, way);
    if (way == IN_A_THREAD && (errno = pthread_join(reader, NULL)) != 0)
        die("pthread_join");
    if (shutdown(ends[0], SHUT_RDWR) == -1)
        die("shutdown");
    if ((errno = pthread_join(other, NULL)) != 0)
        die("pthread_join");
    if (close(ends[0]) == -1 || close(ends[1]) == -1 || close(epoll) == -1 ||
        close(reading.done) == -1)
        die("close");
    return (struct outcome){client.ended - client.began, client.longest, client.replies,
                            reading.bytes};
}
