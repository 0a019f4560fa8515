/* client.h: what is known of a client, and the requests made for it. client.py is the twin. */
#ifndef CLIENT_H
#define CLIENT_H

#include "ring.h"

#include <stdbool.h>

/* Closed only when the kernel has none of its requests: each would report to freed memory. */
struct client {
    struct buffer *first, *last; /* received and not yet sent */
    int fd;
    bool receiving, sending, cancelling; /* requests that the kernel has */
    bool ended;                          /* nothing more will come: EOF, or it is lost */
};

/* What a result is about: a client's address and, in bits that are 0 there, the request. */
enum { ACCEPT, KNOCK, RECEIVE, SEND, CANCEL, REQUEST = 7 };

void start_accept(int listener);
void await_knock(int listener);
void start_receive(struct client *client);
void start_send(struct client *client);
void cancel_receive(struct client *client);
void drop_first(struct client *client);

#endif
