/* 0 pure: sizes and times that differ from one request to the next.
 *
 * A draw is a function of a random word that the caller already has (the tag of a request, the
 * mix of a counter). The same seed gives the same load, and a draw needs no state. */
#include <math.h>
#include <string.h>

#include "quantity.h"

#define NUMBER_BYTES 32

/* `LOW..HIGH`: the text before the dots, and the text after them. */
static bool halves(const char *text, char *low, const char **high)
{
    const char *dots = strstr(text, "..");
    if (!dots || dots - text >= NUMBER_BYTES)
        return false;
    memcpy(low, text, (size_t)(dots - text));
    low[dots - text] = '\0';
    *high = dots + 2;
    return true;
}

static const char *behind(const char *text, const char *prefix)
{
    size_t length = strlen(prefix);
    return strncmp(text, prefix, length) == 0 ? text + length : NULL;
}

/* 64B, uniform:64B..4KiB, exponential:1KiB. No number may be outside least..most;
 * an exponential draw is cut off at `most`. */
bool dist_parse(const char *text, enum unit unit, uint64_t least, uint64_t most, struct dist *dist)
{
    const char *uniform = behind(text, "uniform:"), *exponential = behind(text, "exponential:");
    char low[NUMBER_BYTES];
    const char *high;
    bool read;
    if (uniform) {
        dist->kind = UNIFORM;
        read = halves(uniform, low, &high) && quantity_parse(low, unit, &dist->low) &&
               quantity_parse(high, unit, &dist->high) && dist->low < dist->high;
    } else {
        dist->kind = exponential ? EXPONENTIAL : CONSTANT;
        read = quantity_parse(exponential ? exponential : text, unit, &dist->low);
        dist->high = exponential ? most : dist->low;
    }
    dist->least = least;
    return read && dist->low >= least && dist->low <= dist->high && dist->high <= most;
}

/* Between 0 and 1, both excluded: with one bit more the largest word would be rounded to 1. */
double share_drawn(uint64_t random)
{
    return ((double)(random >> 12) + 0.5) * 0x1p-52;
}

/* The draw of a random word. */
uint64_t dist_draw(const struct dist *dist, uint64_t random)
{
    double share = share_drawn(random), drawn;
    switch (dist->kind) {
    case UNIFORM:
        return dist->low + (uint64_t)(share * (double)(dist->high - dist->low + 1));
    case EXPONENTIAL:
        drawn = -log(share) * (double)dist->low;
        if (drawn >= (double)dist->high)
            return dist->high;
        return drawn > (double)dist->least ? (uint64_t)drawn : dist->least;
    default:
        return dist->low;
    }
}
