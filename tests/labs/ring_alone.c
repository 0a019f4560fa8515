/* client.c and ring.c of labs/io_uring on rings in plain memory, with a kernel that takes requests
 * as the test wants. Exit status 0: all is well. */
#include "client.h"
#include "lab.h"

#include <stdlib.h>
#include <unistd.h>

static struct io_uring_sqe requests[REQUESTS];
static struct io_uring_cqe *results;
static unsigned request_head, request_tail, request_flags, result_head, result_tail;

int io_uring_submit(struct io_uring *this)
{
    if (result_head != result_tail)
        return -EBUSY;
    request_head = this->sq.sqe_tail;
    return 1;
}

int io_uring_get_events(struct io_uring *this)
{
    (void)this;
    return -EBUSY;
}

static void expect(int status, bool right)
{
    if (!right)
        exit(status);
}

static struct client *sends(char byte)
{
    struct client *client = calloc(1, sizeof *client);
    client->first = client->last = calloc(1, sizeof *client->first);
    client->first->bytes[0] = byte;
    client->first->to = 1;
    start_send(client);
    return client;
}

static char sent_by(const struct io_uring_sqe *request)
{
    const struct msghdr *header = (const struct msghdr *)(uintptr_t)request->addr;
    return *(const char *)header->msg_iov->iov_base;
}

int main(void)
{
    results = calloc(2 * REQUESTS, sizeof *results);
    ring.sq.khead = &request_head;
    ring.sq.ktail = &request_tail;
    ring.sq.kflags = &request_flags;
    ring.sq.sqes = requests;
    ring.sq.ring_mask = REQUESTS - 1;
    ring.sq.ring_entries = REQUESTS;
    ring.cq.khead = &result_head;
    ring.cq.ktail = &result_tail;
    ring.cq.cqes = results;
    ring.cq.ring_mask = 2 * REQUESTS - 1;
    ring.cq.ring_entries = 2 * REQUESTS;
    alarm(5); /* an endless loop is an error too */

    /* The kernel takes two of three requests: the third keeps its own message. */
    for (char byte = 'a'; byte <= 'c'; byte++)
        sends(byte);
    request_head = 2;
    sends('d');
    sends('e');
    for (int i = 2; i < 5; i++)
        expect(2, sent_by(&requests[i]) == 'a' + i);

    /* It takes none while results wait: they are kept, and come in their order. */
    while (ring.sq.sqe_tail - request_head < REQUESTS)
        (void)next_request();
    for (result_tail = 0; result_tail < 100; result_tail++)
        results[result_tail].user_data = result_tail;
    expect(3, next_request() != NULL);
    struct io_uring_cqe result;
    for (unsigned i = 0; i < 100; i++)
        expect(4, next_result(&result) && result.user_data == i);
    results[100 % (2 * REQUESTS)].user_data = 100;
    result_tail++;
    expect(5, next_result(&result) && result.user_data == 100);
    return 0;
}
