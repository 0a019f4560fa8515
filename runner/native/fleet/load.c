/* 4 workload: what the closed loop, the open loop and the ceiling have in common. */
#include "fleet.h"

void load_create(struct fleet *fleet)
{
    const struct load_options *load = fleet->load;
    requests_create(&fleet->all, load->pipeline, load->rate > 0);
    fleet->churn.next = UINT64_MAX;
    fleet->slow.any = load->slow_readers > 0 || load->slow_writers > 0;
    if (load->think.high > 0 || fleet->slow.any)
        timers_create(&fleet->loop.timers, (uint32_t)fleet->all.active);
}

void load_begin(struct fleet *fleet)
{
    slow_begin(fleet);
    churn_begin(fleet);
    due_turn(&fleet->loop);
}

uint64_t load_next(const struct fleet *fleet)
{
    return earlier(timers_next(&fleet->loop.timers), fleet->churn.next);
}

bool load_prove(struct fleet *fleet, struct connection *c)
{
    return prove_send(&fleet->all, c);
}

void load_event(struct fleet *fleet, struct connection *c, uint32_t events)
{
    if (c->state == PROVING || c->state == REPROVING)
        prove_event(&fleet->all, c, events);
    else if (fleet->loop.driving && is_slow(fleet, c) && c->state == READY)
        slow_event(fleet, c, events);
    else
        reply_event(&fleet->all, c, events);
}

/* Latencies and counts. The closed loop records every reply that arrives in the window. The open
 * loop records every request that was due in the window, however late its reply: otherwise the
 * slowest replies would be missing just when the server is slow. */
static void record(struct fleet *fleet, const struct connection *c, uint64_t at)
{
    struct connections *all = &fleet->all;
    struct window *window = &fleet->loop.window;
    uint64_t due = *request_due(all, c, c->answered), sent = *request_sent(all, c, c->answered);
    bool open = all->actual;
    all->counts.completed++;
    window_answered(window, sent, at);
    if (!window_holds(window, open ? due : at))
        return;
    window_count(window, at);
    window->bytes += all->protocol->size(all, c, c->answered);
    hdr_record(&window->latency, at - due);
    if (open)
        hdr_record(&fleet->open.uncorrected, at - sent);
}

/* Count a reply; a wrong reply is no request that was answered. True: the connection is driven, so
 * its next request may follow. */
bool load_answered(struct fleet *fleet, struct connection *c, uint64_t at, enum reply_kind kind)
{
    struct loop *loop = &fleet->loop;
    if (c->anew || kind == PROOF) {
        c->anew = false;
        loop->window.accepted += loop->driving && window_holds(&loop->window, at);
    }
    if (kind == RIGHT_REPLY)
        record(fleet, c, at);
    return loop->driving && !is_idle(&fleet->all, c);
}
