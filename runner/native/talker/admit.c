/* New clients, one after the other: each is served before the next one comes. */
#include "talker.h"

enum { GREETING = 8 };

/* Ends with the first that is not served within `ms`, or when `most` ms are over. That client stays
 * open, and what became of it is the outcome. */
void admit(int count, int ms, int most)
{
    int served = 0;
    long long ends = steady() + most * MS;

    for (int i = 0; i < count && served == i; i++) {
        struct client *one = next_watched();
        begin_one(one, false);
        enum connecting end = established(one, now() + ms * MS);
        plan_one(one, end == CONNECTED ? GREETING : 0, -1, 0, false);
        long long left = (ends - steady()) / MS;
        served += flow(ms, left > 1 ? (int)left : 1);
        if (end == CONNECTED)
            continue;
        one->fate = end == WAITING ? PENDING : REFUSED;
        served = i;
    }
    print_outcome("admitted", served);
}
