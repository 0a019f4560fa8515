/* How a connection ends, and under which name it is counted. */
#include <errno.h>
#include <unistd.h>

#include "fleet.h"

bool is_idle(const struct fleet *fleet, const struct connection *c)
{
    return (uint64_t)(c - fleet->connections) >= fleet->options.active;
}

/* It leaves the epoll set by itself. */
void connection_close(struct connection *c)
{
    if (c->fd != -1)
        close(rests(c) ? spare(c->fd) : c->fd);
    c->fd = -1;
}

void count_error(struct fleet *fleet, enum error_kind kind)
{
    fleet->errors[kind]++;
    if (fleet->first_error == -1)
        fleet->first_error = (int)kind;
}

void lose(struct fleet *fleet, struct connection *c, enum error_kind kind)
{
    switch (c->state) {
    case CONNECTING:
    case PROVING:
        fleet->connecting--;
        fleet->refused++;
        break;
    case BUSY:
    case REPROVING:
        fleet->busy--;
        /* fall through */
    default:
        if (is_idle(fleet, c))
            fleet->idle_alive--;
        else
            fleet->active_alive--;
    }
    count_error(fleet, kind);
    connection_close(c);
    c->state = CLOSED;
}

static enum error_kind own_limit(struct fleet *fleet, int error)
{
    fleet->limit = error == EADDRNOTAVAIL ? "ports" : error == EMFILE ? "nofile" : "memory";
    fleet->limit_granted = fleet->active_alive + fleet->idle_alive;
    return OWN_LIMIT;
}

/* 0 stands for an end of file. Once the peer's FIN has been seen the kernel
 * turns a later RST into EPIPE, so ECONNRESET means an RST and nothing else. */
void lose_by_errno(struct fleet *fleet, struct connection *c, int error)
{
    bool gone = error == 0 || error == EPIPE || error == ECONNRESET;
    enum error_kind kind;
    bool opening = c->state == CONNECTING || c->anew;
    if (opening && (error == EADDRNOTAVAIL || error == EMFILE || error == ENOBUFS || error == ENOSPC))
        kind = own_limit(fleet, error);
    else if (opening && error == ECONNREFUSED)
        kind = CONNECT_REFUSED;
    else if (opening && error == ETIMEDOUT)
        kind = CONNECT_TIMEOUT;
    else if (opening && !gone)
        kind = CONNECT_OTHER;
    else if (c->state == CONNECTING || c->state == PROVING)
        kind = REFUSED;
    else if (is_idle(fleet, c))
        kind = IDLE_LOST;
    else if (error == 0 || error == EPIPE)
        kind = CLOSED_EARLY;
    else
        kind = RESET;
    lose(fleet, c, kind);
}

/* Every tick: whoever has waited too long. Idle connections wait for nothing,
 * so once all are connected only the active ones are looked at. */
void lose_overdue(struct fleet *fleet)
{
    bool stream = fleet->options.stream;
    uint64_t connect = fleet->options.connect_timeout, reply = fleet->options.reply_timeout;
    bool all = fleet->connecting > 0 || fleet->options.until_refused;
    uint64_t end = all ? fleet->total : fleet->options.active;

    if (fleet->connecting == 0 && fleet->busy == 0)
        return;
    for (uint64_t i = 0; i < end; i++) {
        struct connection *c = &fleet->connections[i];
        uint64_t since = stream && c->state == BUSY ? listener_owes_since(fleet, c) : c->stamp;
        uint64_t waited = fleet->now > since ? fleet->now - since : 0;
        if (c->state == CONNECTING && waited >= connect)
            lose(fleet, c, CONNECT_TIMEOUT);
        else if ((c->state == PROVING || c->state == BUSY || c->state == REPROVING) && waited >= reply)
            lose(fleet, c, REPLY_TIMEOUT);
    }
}
