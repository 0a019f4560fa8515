/* 4 workload: connections, idle and active in turn, are closed and reopened at a rate of their own. */
#include "fleet.h"

/* An idle connection is reopened and proved at once, a driven one with its next request. */
static void renew(struct fleet *fleet, struct connection *c)
{
    struct connections *all = &fleet->all;
    if (c->state == READY && is_idle(all, c)) {
        all->counts.idle_alive--;
        connection_close(all, c);
        connect_again(&fleet->loop, c);
    } else if (c->state == READY && !rests(c) && !is_slow(fleet, c)) {
        connection_rest(all, c);
    } else if (c->state == BUSY) {
        c->last = request_last(c); /* the requests in flight are answered first */
    }
}

void churn_begin(struct fleet *fleet)
{
    fleet->churn.next = fleet->load->churn > 0 ? fleet->clock.now : UINT64_MAX;
}

/* Renew a bounded number of connections; then the loop handles events. */
void churn_turn(struct fleet *fleet)
{
    struct churn *churn = &fleet->churn;
    for (int i = 0; i < 64 && fleet->all.total > 0 && churn->next <= fleet->clock.now; i++) {
        renew(fleet, &fleet->all.table[churn->count++ % fleet->all.total]);
        churn->next += SECOND / fleet->load->churn;
    }
}
