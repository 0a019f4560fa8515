/* client.h: the state of a client, and the requests made for it. client.py is the twin. */
#ifndef CLIENT_H
#define CLIENT_H

#include "ring.h"

#include <stdbool.h>

/* A client is closed only when the kernel holds none of its requests: their results would
 * otherwise refer to freed memory. */
struct client {
    struct buffer *first, *last; /* received and not yet sent */
    int fd;
    bool receiving, sending, cancelling; /* requests that the kernel holds */
    bool ended;                          /* no more bytes: EOF, or the connection is lost */
};

/* The label of a request, which its result carries: the client's address and, in the low bits
 * that are 0 in an address, the kind of request. */
enum { ACCEPT, POLL, RECEIVE, SEND, CANCEL, REQUEST = 7 };

void start_accept(int listener);
void start_poll(int listener);
void start_receive(struct client *client);
void start_send(struct client *client);
void cancel_receive(struct client *client);
void drop_first(struct client *client);

#endif
