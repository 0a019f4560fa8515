/* Fleets that take turns, so that their servers are compared in the same moments.
 *
 * Time is cut into slots, for all fleets alike: they are told apart by the machine's clock, and
 * none has to ask another. In each round every fleet has one slot, in an order that is drawn
 * from the round's number alone: each order is equally likely, and all fleets draw the same. When
 * its slot is over a fleet asks nothing more, awaits what is in flight, and sleeps until its
 * next. Meanwhile its own clock stands still: window, series and latencies know no pause. */
#include "fleet.h"

uint64_t clock_paused;

/* The beginning of a slot: what the others asked last may still be under way. */
static uint64_t guard(const struct fleet *fleet)
{
    return fleet->options.slot / 10;
}

/* The place of a turn in the order of this round: where Fisher and Yates's shuffle moves it to. */
uint64_t turns_place(uint64_t round, uint64_t turns, uint64_t turn)
{
    uint64_t drawn = mix(round + 1); /* mix(0) is 0 */
    for (uint64_t last = turns - 1; last > 0; last--) {
        drawn = mix(drawn + 0x9e3779b97f4a7c15ULL);
        uint64_t other = drawn % (last + 1);
        turn = turn == last ? other : turn == other ? last : turn;
    }
    return turn;
}

/* A fleet that is last in one round and first in the next has two slots that are one turn. */
static bool mine(const struct fleet *fleet, uint64_t slot)
{
    uint64_t turns = fleet->options.turns;
    return turns_place(slot / turns, turns, fleet->options.turn) == slot % turns;
}

/* Sleep until it is our turn. What happens to connections meanwhile is dealt with. */
static void await_turn(struct fleet *fleet)
{
    uint64_t began = clock_now(), slot = (began + clock_paused) / fleet->options.slot;
    while (!mine(fleet, slot))
        slot++;
    uint64_t until = slot * fleet->options.slot + guard(fleet) - clock_paused;
    while (fleet->now < until && !fleet->stopped)
        events_turn(fleet, until);
    while (mine(fleet, slot))
        slot++;
    clock_paused += clock_now() - began;
    fleet->now = clock_now();
    fleet->turn_end = slot * fleet->options.slot - clock_paused;
    if (fleet->next_tick > fleet->now + fleet->tick)
        fleet->next_tick = fleet->now + fleet->tick;
}

/* Before the first request. */
void turns_begin(struct fleet *fleet)
{
    fleet->turn_end = UINT64_MAX;
    if (fleet->options.turns > 1)
        await_turn(fleet);
}

/* Our slot is over: hand over, and go on in the next. */
void turns_next(struct fleet *fleet)
{
    uint64_t free = fleet->turn_end + guard(fleet);
    fleet->holding = true;
    while (fleet->busy > 0 && !fleet->stopped)
        events_turn(fleet, UINT64_MAX);
    if (fleet->now > free && window_holds(fleet))
        fleet->overrun += fleet->now - free;
    await_turn(fleet);
    fleet->holding = false;
    for (uint64_t i = 0; i < fleet->driven && !fleet->stopped; i++)
        closed_begin(fleet, &fleet->connections[i]);
}
