/* Rounds that follow each other at once: a range of clients, each of which sends one short message in
 * a round and gets it back before the next one begins. */
#include <errno.h>
#include <stdio.h>

#include "talker.h"

enum { MOST_ROUNDS = 12, MOST_BYTES = 8, US = 1000 };

/* Ends with the first round in which a client is not served, or when `most` ms are over. */
void rally(char *names, int rounds, int patience, int most)
{
    long long ends = steady() + most * MS, left;
    static long long began[MOST_ROUNDS], ended[MOST_ROUNDS];
    struct client *first, *last;
    int held = 0;

    range_of(names, &first, &last);
    for (struct client *one = first; one <= last; one++) {
        errno = ENOTCONN;
        if (one->fd == -1)
            fail("rally");
    }
    for (; held < rounds && held < MOST_ROUNDS && (left = (ends - steady()) / MS) > 0; held++) {
        uint64_t size = 1 + below(MOST_BYTES);
        for (struct client *one = first; one <= last; one++)
            plan_one(one, size, -1, 0, false);
        began[held] = now();
        if (flow(patience, (int)left) <= last - first)
            break;
        ended[held] = now();
    }
    printf("rallied rounds=%d from=%lld spans=", held, began[0]);
    for (int i = 0; i < held; i++)
        printf("%s%lld-%lld", i ? "," : "", (began[i] - began[0]) / US, (ended[i] - began[0]) / US + 1);
    printf(" at=%lld\n", now());
}
