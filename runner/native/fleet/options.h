/* 5 main: the command line.
 *
 *   options.c (argv) -> settings.c (the tables of options) -> words.c (values that are no numbers)
 *                    -> together.c (options that exclude or need each other) */
#pragma once

#include "load.h"
#include "stream.h"

/* Every number is a uint64_t, so that a table can set it. */
struct options {
    char host[256];
    uint64_t port, sources;
    uint64_t idle, active, first_crowd, connections;
    struct load_options load;
    struct stream_options streaming;
    struct turns turns;
    uint64_t seed;
    uint64_t warmup, duration, interval;
    uint64_t connect_timeout, reply_timeout, deadline, in_flight;
    bool wait, until_refused, stream, fin, summary, help;
};

void options_parse(struct options *options, int argc, char **argv);

enum belonging { ANY, LOAD_ONLY, STREAM_ONLY, CEILING_ONLY };

/* An option whose value is a number, or with `drawn` a distribution of numbers. */
struct setting {
    const char *name;
    enum unit unit;
    enum belonging belonging;
    size_t field;
    uint64_t least, most;
    const char *range, *initial, *help;
    bool drawn;
};

/* An option whose value is a word, or that has none. */
struct word {
    const char *name;
    enum belonging belonging;
    bool (*set)(struct options *options, const char *text); /* NULL: a switch */
    size_t field; /* of the switch, a bool */
    const char *advice, *help;
};

#define FIELD(member) offsetof(struct options, member)
#define SETTINGS_MOST 40
#define WORDS_MOST 12

extern const struct setting settings[];
extern const size_t settings_count;
extern const struct word words[];
extern const size_t words_count;

_Noreturn void help(bool by_name);
_Noreturn void usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- words.c */
bool set_target(struct options *options, const char *text);
bool set_arrivals(struct options *options, const char *text);
bool set_part(struct options *options, const char *text);
bool set_turn(struct options *options, const char *text);
bool set_send(struct options *options, const char *text);
bool set_reply(struct options *options, const char *text);
bool set_close(struct options *options, const char *text);
bool unescape(const char *text, uint8_t *bytes, size_t most, size_t *length);

/* ---- together.c: given[i]: settings[i] was given, then words, in their order */
void check_together(const struct options *options, const bool *given);
