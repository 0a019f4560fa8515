/* 1 socket: the only list of errno values. */
#pragma once

#include <errno.h>
#include <stdbool.h>

const char *own_lack(int error);

/* Nothing failed: the call must be repeated, at once or after the next event. */
static inline bool try_again(int error)
{
    return error == EAGAIN || error == EINTR;
}

/* The peer has ended the connection. 0 stands for an end of file. */
static inline bool peer_gone(int error)
{
    return error == 0 || error == EPIPE || error == ECONNRESET;
}
