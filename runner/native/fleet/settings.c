/* 5 main: two tables of options: their names, ranges, defaults and help texts. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "options.h"

/* Some fields have two names: a listener is an active connection, a stalled listener an idle one. */
const struct setting settings[] = {
    {"idle", COUNT, LOAD_ONLY, FIELD(idle), 0, 10000000, "0 to 10000k", "0",
     "connections that only stay open", false},
    {"active", COUNT, LOAD_ONLY, FIELD(active), 0, 10000000, "0 to 10000k", "1",
     "connections that are driven", false},
    {"first-crowd", COUNT, LOAD_ONLY, FIELD(first_crowd), 0, 1000000, "0 to 1000k", "0",
     "connections that are driven (--warmup, at most 50ms) and close before the others open", false},
    {"pipeline", COUNT, LOAD_ONLY, FIELD(load.pipeline), 1, 1024, "1 to 1024", "1",
     "requests in flight on each active connection (open loop: at most)", false},
    {"think", TIME, LOAD_ONLY, FIELD(load.think), 0, 3600 * SECOND, "0s to 60m", "0s",
     "closed loop: time from a reply to the next request", true},
    {"rate", COUNT, LOAD_ONLY, FIELD(load.rate), 0, 10000000, "0 to 10000k", "0",
     "open loop: requests a second, on all connections together; 0: closed loop", false},
    {"payload", SIZE, LOAD_ONLY, FIELD(load.payload), 1, 16 * MIB, "1B to 16MiB", "64B",
     "bytes of an echoed request", true},
    {"requests-per-connection", COUNT, LOAD_ONLY, FIELD(load.per_connection), 0, 4000000000, "0 to 4000000k",
     "0", "requests after which a connection is reopened; 0: never", false},
    {"churn", COUNT, LOAD_ONLY, FIELD(load.churn), 0, 1000000, "0 to 1000k", "0",
     "connections a second, idle and active in turn, that are closed and reopened", false},
    {"slow-readers", SHARE, LOAD_ONLY, FIELD(load.slow_readers), 0, 100, "0% to 100%", "0%",
     "share of the active: they send requests and read one byte at a time; in no result", false},
    {"slow-writers", SHARE, LOAD_ONLY, FIELD(load.slow_writers), 0, 100, "0% to 100%", "0%",
     "share of the active: they send one byte at a time; in no result", false},
    {"pace", TIME, LOAD_ONLY, FIELD(load.pace), 1000, 3600 * SECOND, "1us to 60m", "100ms",
     "time between two bytes of a slow client", false},
    {"ramp", COUNT, LOAD_ONLY, FIELD(load.ramp), 1, 1000, "1 to 1000", "1",
     "equal steps to the whole load; the warm-up has the first step", false},
    {"reply-most", SIZE, LOAD_ONLY, FIELD(load.exchange.most), 1, 1024 * MIB, "1B to 1024MiB", "16MiB",
     "bytes after which a reply counts as too long", false},
    {"stalled", COUNT, STREAM_ONLY, FIELD(idle), 0, 10000000, "0 to 10000k", "0",
     "listeners that ask to play and never read", false},
    {"listeners", COUNT, STREAM_ONLY, FIELD(active), 0, 10000000, "0 to 10000k", "1",
     "listeners that read and check every sample", false},
    {"control", COUNT, STREAM_ONLY, FIELD(streaming.control), 0, 100000, "0 to 100k", "0",
     "lines a second, to all listeners together: PLAY, PAUSE, SEEK, STATUS", false},
    {"late", TIME, STREAM_ONLY, FIELD(streaming.late), 1000, 3600 * SECOND, "1us to 60m", "20ms",
     "a frame is late if it arrives more than this after it was due", false},
    {"spread", TIME, STREAM_ONLY, FIELD(streaming.spread), 0, 3600 * SECOND, "0s to 60m", "20ms",
     "listeners begin to play evenly over this time; 0s: all at once", false},
    {"warmup", TIME, ANY, FIELD(warmup), 0, 3600 * SECOND, "0s to 60m", "500ms",
     "time before the window, driven but not recorded", false},
    {"slot", TIME, LOAD_ONLY, FIELD(turns.slot), 2 * MILLISECOND, 60 * SECOND, "2ms to 60s", "20ms",
     "with --turn, the length of each turn", false},
    {"duration", TIME, ANY, FIELD(duration), 0, 3600 * SECOND, "0s to 60m", "2s",
     "the measured window; 0s drives nothing", false},
    {"interval", TIME, ANY, FIELD(interval), MILLISECOND, 3600 * SECOND, "1ms to 60m", "100ms",
     "step of the time series", false},
    {"seed", COUNT, ANY, FIELD(seed), 0, UINT64_MAX, "0 to 2^64-1", "42",
     "of the request bytes and of every random choice", false},
    {"sources", COUNT, ANY, FIELD(sources), 1, 250, "1 to 250", "16",
     "loopback addresses to connect from: 127.0.0.2, ...; 1: 127.0.0.1 alone", false},
    {"in-flight", COUNT, ANY, FIELD(in_flight), 1, 65535, "1 to 65535", "128",
     "connections being opened at once", false},
    {"connect-timeout", TIME, ANY, FIELD(connect_timeout), MILLISECOND, 3600 * SECOND, "1ms to 60m",
     "5s", "for connect()", false},
    {"reply-timeout", TIME, ANY, FIELD(reply_timeout), MILLISECOND, 3600 * SECOND, "1ms to 60m",
     "10s", "from a send to the last byte of its reply; stream: also for a frame", false},
    {"deadline", TIME, ANY, FIELD(deadline), MILLISECOND, 24 * 3600 * SECOND, "1ms to 1440m", "5m",
     "for everything except --warmup and --duration; then the run ends", false},
    {"connections", COUNT, CEILING_ONLY, FIELD(connections), 1, 10000000, "1 to 10000k", "30k",
     "with --until-refused, the largest number of connections", false},
};

const struct word words[] = {
    {"connect", ANY, set_target, 0, "HOST:PORT, for instance --connect 127.0.0.1:9000",
     "HOST:PORT of the server (IPv4)"},
    {"wait", ANY, NULL, FIELD(wait), NULL, "when connected, wait for the line `start` on stdin; at the\n"
     "                                    end hold the connections until `stop` or end of file"},
    {"part", ANY, set_part, 0, "N/ALL, for instance --part 1/4",
     "N/ALL: this is the N-th of ALL load generators that share these numbers"},
    {"turn", LOAD_ONLY, set_turn, 0, "N/ALL, for instance --turn 1/2",
     "N/ALL: this is the N-th of ALL load generators, each with its\n"
     "                                    own server, that are interleaved by the machine's clock"},
    {"arrivals", LOAD_ONLY, set_arrivals, 0, "constant or poisson",
     "constant or poisson: with --rate, the distribution of requests in time (constant)"},
    {"send", LOAD_ONLY, set_send, 0, "some bytes, for instance --send 'PING\\r\\n' (\\r \\n \\t \\0 \\xHH)",
     "the request, instead of an echo: --send 'PING\\r\\n'"},
    {"reply", LOAD_ONLY, set_reply, 0,
     "bytes:7B, until:\\r\\n, exactly:+PONG\\r\\n or http:200",
     "how a reply ends: bytes:7B, until:\\r\\n, exactly:+PONG\\r\\n, http:200"},
    {"close", LOAD_ONLY, set_close, 0, "rst or fin",
     "rst or fin: how connections are closed; fin leaves ports in TIME_WAIT (rst)"},
    {"until-refused", CEILING_ONLY, NULL, FIELD(until_refused), NULL,
     "open connections until one is refused, and count those that are served"},
    {"stream", STREAM_ONLY, NULL, FIELD(stream), NULL,
     "listen to aplay, by the contract of labs/aplay"},
    {"summary", ANY, NULL, FIELD(summary), NULL,
     "print a few lines for people instead of JSON; exit code 1 if anything was lost"},
    {"help", ANY, NULL, FIELD(help), NULL, "this text"},
};

const size_t settings_count = sizeof settings / sizeof *settings;
const size_t words_count = sizeof words / sizeof *words;
_Static_assert(sizeof settings / sizeof *settings <= SETTINGS_MOST, "SETTINGS_MOST is too small");
_Static_assert(sizeof words / sizeof *words <= WORDS_MOST, "WORDS_MOST is too small");

_Noreturn void usage(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("fleet: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(2);
}

static void explain(enum belonging belonging)
{
    for (const struct word *word = words; word < words + words_count; word++)
        if (word->belonging == belonging)
            printf("  --%-31s %s\n", word->name, word->help);
    for (const struct setting *s = settings; s < settings + settings_count; s++)
        if (s->belonging == belonging)
            printf("  --%-23s %-7s %s (%s)\n", s->name, s->initial, s->help, s->range);
}

/* In docker-compose.yml 127.0.0.1 would be the load generator's own container, so examples name
 * servers. */
static void examples_by_name(void)
{
    puts("fleet: opens TCP connections to a server of docker-compose.yml and drives it; checks every\n"
         "byte and prints what it measured. SERVER is the name of a service that is up:\n\n"
         "  docker compose run --rm fleet --connect select:9000 --active 50 --duration 2s\n"
         "  docker compose run --rm fleet --connect epoll:9000 --active 50 --rate 10k\n"
         "  docker compose run --rm fleet --connect poll:9000 --until-refused --connections 4k\n"
         "  docker compose run --rm fleet --connect aplay:9000 --stream --listeners 20\n");
}

static void examples(void)
{
    puts("fleet: opens TCP connections to a server and drives it, in a closed loop or at a rate, or\n"
         "listens to aplay; checks every byte and prints what it measured as JSON lines.\n\n"
         "  fleet --connect 127.0.0.1:9000 --active 50 --duration 2s\n"
         "  fleet --connect 127.0.0.1:9000 --active 50 --rate 10k --arrivals poisson\n"
         "  fleet --connect 127.0.0.1:9000 --active 50 --payload exponential:1KiB --think 10ms\n"
         "  fleet --connect 127.0.0.1:6379 --send 'PING\\r\\n' --reply 'exactly:+PONG\\r\\n' --pipeline 16\n"
         "  fleet --connect 127.0.0.1:80 --send 'GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n' --reply http:200\n"
         "  fleet --connect 127.0.0.1:9000 --idle 10k --active 0 --duration 0s --wait\n"
         "  fleet --connect 127.0.0.1:9000 --until-refused --connections 20k\n"
         "  fleet --connect 127.0.0.1:9000 --stream --listeners 100 --stalled 1 --control 20\n");
}

_Noreturn void help(bool by_name)
{
    if (by_name)
        examples_by_name();
    else
        examples();
    explain(ANY);
    puts("\nRequests and replies:");
    explain(LOAD_ONLY);
    puts("\nThe ceiling, how many connections at once:");
    explain(CEILING_ONLY);
    puts("\nA player of streams:");
    explain(STREAM_ONLY);
    puts("\n--think and --payload take a value, uniform:LOW..HIGH or exponential:MEAN.\n"
         "Exit code: 0 a result was printed; 1 with --summary: connections were lost or refused, or replies\n"
         "wrong or late; 2 a mistake on the command line; 3 the load generator itself failed.");
    exit(0);
}
