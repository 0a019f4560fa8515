/* 3 loop: interleaved load generators, which measure their servers at the same time, one of them
 * active at any moment.
 *
 * Time is divided into turns of equal length. Each load generator computes them from the machine's
 * clock, so they need not communicate. In each round every load generator has one turn. The order is
 * drawn from the number of the round alone: each order is equally likely, and all load generators draw
 * the same order. At the end of its turn a load generator begins no request, awaits the replies in
 * flight, and sleeps until its next turn. Meanwhile its clock stands still, so window, series and
 * latencies do not include the pause. */
#include "loop.h"

/* The beginning of a turn belongs to the last requests of the turn before. */
static uint64_t guard(const struct turns *turns)
{
    return turns->slot / 10;
}

/* The place of a turn in the order of this round: where the shuffle of Fisher and Yates moves it. */
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

/* Does a slot, counted from the start of the machine, belong to this load generator? The last slot of
 * a round and the first one of the next may both do: then they are one turn. */
static bool mine(const struct turns *turns, uint64_t slot)
{
    return turns_place(slot / turns->turns, turns->turns, turns->turn) == slot % turns->turns;
}

/* Sleep until the next turn. Events of connections are handled meanwhile. */
static void await_turn(struct loop *loop)
{
    struct turns *turns = &loop->turns;
    struct clock *clock = loop->clock;
    uint64_t began = clock_read(clock), slot = (began + clock->paused) / turns->slot;
    while (!mine(turns, slot))
        slot++;
    run_until(loop, NULL, slot * turns->slot + guard(turns) - clock->paused);
    while (mine(turns, slot))
        slot++;
    clock->paused += clock_read(clock) - began;
    clock_read(clock);
    turns->end = slot * turns->slot - clock->paused;
    loop->next_tick = earlier(loop->next_tick, clock->now + loop->tick);
}

/* Before the first request. */
void turns_begin(struct loop *loop)
{
    if (loop->turns.turns > 1)
        await_turn(loop);
}

/* The turn is over: await the replies and the next turn. */
void turns_next(struct loop *loop)
{
    struct turns *turns = &loop->turns;
    uint64_t free = turns->end + guard(turns);
    turns->holding = true;
    run_until(loop, none_busy, UINT64_MAX);
    uint64_t now = loop->clock->now;
    if (now > free && window_holds(&loop->window, now))
        turns->overrun += now - free;
    await_turn(loop);
    turns->holding = false;
    loop->workload->begin(loop->fleet);
}
