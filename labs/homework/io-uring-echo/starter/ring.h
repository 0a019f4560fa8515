/*
 * ring.h: the two rings that a program shares with the kernel, without any library. Given: you need
 * not change it. `man 7 io_uring` describes what ring.c does.
 *
 * Write requests with ring_request, as many as you like. ring_wait submits all of them and sleeps
 * until there is a result. Take results with ring_result until there is none.
 */
#ifndef RING_H
#define RING_H

#include <linux/io_uring.h>
#include <stdbool.h>

/* How many requests can be written before they are submitted, and how many results can wait. */
enum { REQUESTS = 1024, RESULTS = 32 * 1024 };

/* Make the rings. Where the kernel does not allow that, print the line MISSING and exit. */
void ring_open(void);

/* A free request, all zero. Set opcode, fd, and what that operation needs; user_data comes back with
 * its result. If no request is free, those that were written before are submitted. */
struct io_uring_sqe *ring_request(void);

/* Submit all requests and sleep until there is a result. A signal may end the sleep earlier. */
void ring_wait(void);

/* Take the next result: false if there is none. */
bool ring_result(struct io_uring_cqe *result);

/* io_uring_register(2), for what you want to register with the ring. -1 and errno on failure. */
int ring_register(unsigned opcode, void *argument, unsigned count);

#endif
