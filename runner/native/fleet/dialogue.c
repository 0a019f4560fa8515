/* 2 connection: an exchange as a protocol: the same request each time, and its reply parsed. */
#include "request.h"

static size_t size(const struct connections *all, const struct connection *c, uint32_t number)
{
    (void)c;
    (void)number;
    return all->exchange->send_bytes;
}

/* all->request holds copies of the request, so that one send carries several. */
static const uint8_t *request(struct connections *all, const struct connection *c, size_t *length)
{
    size_t bytes = all->exchange->send_bytes, copies = REQUEST_BYTES / bytes;
    size_t due = request_last(c) - c->written;
    *length = (due < copies ? due : copies) * bytes - c->sent;
    return all->request + c->sent;
}

static enum taken reply(struct connections *all, struct connection *c, const uint8_t **bytes,
                        size_t *length, enum error_kind *fault)
{
    static const enum error_kind kinds[] = {
        [NOT_AS_EXPECTED] = CORRUPT, [NOT_THE_PROTOCOL] = PROTOCOL,
        [TOO_MANY_BYTES] = TOO_LONG, [OTHER_STATUS] = STATUS_OTHER};
    enum fault reason = NOT_THE_PROTOCOL;
    if (c->answered == c->written) { /* a reply before its request was sent */
        *fault = EXTRA;
        return REPLY_FAULT;
    }
    enum taken taken = exchange_take(all->exchange, &c->reply, bytes, length, &reason);
    *fault = kinds[reason];
    return taken;
}

const struct protocol exchange_protocol = {.size = size, .request = request, .reply = reply};
