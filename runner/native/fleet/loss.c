/* How a connection ends, and under which name it is counted. */
#include <errno.h>
#include <unistd.h>

#include "fleet.h"

bool is_idle(const struct fleet *fleet, const struct connection *c)
{
    return (uint64_t)(c - fleet->connections) >= fleet->options.active;
}

/* It leaves the epoll set by itself. */
void connection_close(struct fleet *fleet, struct connection *c)
{
    if (!rests(c))
        fleet->resent += diag_resent(c->fd);
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
    connection_close(fleet, c);
    c->state = CLOSED;
}

/* The one list of errors that are this process's or this machine's own lack, whatever the server
 * does: what lacks, or NULL. */
const char *own_lack(int error)
{
    switch (error) {
    case EMFILE:
    case ENFILE:
        return "nofile";
    case ENOBUFS:
    case ENOMEM:
        return "memory";
    case EADDRNOTAVAIL:
    case EADDRINUSE:
        return "ports";
    case ENOSPC: /* epoll_ctl: fs.epoll.max_user_watches */
        return "watches";
    case EACCES:
    case EPERM: /* connect: a rule of this machine's firewall */
        return "permission";
    default:
        return NULL;
    }
}

static enum error_kind own_limit(struct fleet *fleet, const char *what)
{
    fleet->limit = what;
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
    if (own_lack(error))
        kind = own_limit(fleet, own_lack(error));
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
