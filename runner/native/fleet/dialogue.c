/* The exchange as a protocol of the fleet: the same request again and again, its reply parsed. */
#include "fleet.h"

static size_t size(const struct fleet *fleet, const struct connection *c, uint32_t number)
{
    (void)c;
    (void)number;
    return fleet->options.exchange.send_bytes;
}

/* fleet->request holds copies of it, one behind the other: several go out in one send. */
static const uint8_t *request(struct fleet *fleet, const struct connection *c, size_t *length)
{
    size_t bytes = fleet->options.exchange.send_bytes, copies = REQUEST_BYTES / bytes;
    size_t due = request_last(c) - c->written;
    *length = (due < copies ? due : copies) * bytes - c->sent;
    return fleet->request + c->sent;
}

static enum taken reply(struct fleet *fleet, struct connection *c, const uint8_t **bytes,
                        size_t *length, int *fault)
{
    static const int kinds[] = {[NOT_AS_EXPECTED] = CORRUPT, [NOT_THE_PROTOCOL] = PROTOCOL,
                                [TOO_MANY_BYTES] = TOO_LONG, [OTHER_STATUS] = STATUS_OTHER};
    enum fault found = NOT_THE_PROTOCOL;
    if (c->answered == c->written) { /* nothing is answered before it has been asked */
        *fault = EXTRA;
        return REPLY_FAULT;
    }
    enum taken taken = exchange_take(&fleet->options.exchange, &c->reply, bytes, length, &found);
    *fault = kinds[found];
    return taken;
}

const struct protocol exchange_protocol = {
    .name = "exchange", .size = size, .request = request, .reply = reply};
