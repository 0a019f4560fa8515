/* 0 pure: numbers with units, as users type them: 64B, 500ms, 10k. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "quantity.h"

struct suffix {
    enum unit unit;
    const char *name;
    uint64_t factor;
};

static const struct suffix suffixes[] = {
    {COUNT, "", 1},           {COUNT, "k", 1000},
    {SIZE, "B", 1},           {SIZE, "KiB", KIB},          {SIZE, "MiB", MIB},
    {TIME, "ns", 1},          {TIME, "us", 1000},          {TIME, "ms", MILLISECOND},
    {TIME, "s", SECOND},      {TIME, "m", 60 * SECOND},      {SHARE, "%", 1},
};

bool quantity_parse(const char *text, enum unit unit, uint64_t *value)
{
    char *end;
    if (!isdigit((unsigned char)text[0])) /* strtoull would take " -1" for 2^64 - 1 */
        return false;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (errno)
        return false;
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        const struct suffix *suffix = &suffixes[i];
        if (suffix->unit == unit && strcmp(suffix->name, end) == 0)
            return !__builtin_mul_overflow(number, suffix->factor, value);
    }
    return false;
}

const char *quantity_advice(enum unit unit)
{
    switch (unit) {
    case SIZE:
        return "a whole number and its unit (B, KiB, MiB)";
    case TIME:
        return "a whole number and its unit (ns, us, ms, s, m)";
    case SHARE:
        return "a whole number and %";
    default:
        return "a whole number, plain or with k";
    }
}
