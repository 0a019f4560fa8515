/* The command line. One table says what there is, how it is read and how it is
 * explained; a mistake gets one line that says what to type instead, and exit 2. */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fleet.h"

enum workload { ANY, ECHO_ONLY, STREAM_ONLY, CEILING_ONLY };

struct setting {
    const char *name;
    enum unit unit;
    enum workload workload;
    size_t field;
    uint64_t least, most;
    const char *range, *initial, *help;
};

#define FIELD(member) offsetof(struct options, member)

/* Two names for one field: a listener is an active connection, a stalled one an idle one. */
static const struct setting settings[] = {
    {"idle", COUNT, ECHO_ONLY, FIELD(idle), 0, 10000000, "0 to 10000k", "0",
     "connections that only stay open"},
    {"active", COUNT, ECHO_ONLY, FIELD(active), 0, 10000000, "0 to 10000k", "1",
     "connections with one request in flight each"},
    {"payload", SIZE, ECHO_ONLY, FIELD(payload), 1, 16 * MIB, "1B to 16MiB", "64B",
     "bytes of a request"},
    {"stalled", COUNT, STREAM_ONLY, FIELD(idle), 0, 10000000, "0 to 10000k", "0",
     "those who ask to play and never read"},
    {"listeners", COUNT, STREAM_ONLY, FIELD(active), 0, 10000000, "0 to 10000k", "1",
     "those who listen, and verify every sample"},
    {"control", COUNT, STREAM_ONLY, FIELD(control), 0, 100000, "0 to 100k", "0",
     "lines a second, to all listeners together: PLAY, PAUSE, SEEK, STATUS"},
    {"late", TIME, STREAM_ONLY, FIELD(late), 1000, 3600 * SECOND, "1us to 60m", "20ms",
     "a frame that comes more than this after it was due is late"},
    {"spread", TIME, STREAM_ONLY, FIELD(spread), 0, 3600 * SECOND, "0s to 60m", "20ms",
     "listeners begin to play evenly over this time; 0s: all at once"},
    {"warmup", TIME, ANY, FIELD(warmup), 0, 3600 * SECOND, "0s to 60m", "500ms",
     "driven, not recorded"},
    {"duration", TIME, ANY, FIELD(duration), 0, 3600 * SECOND, "0s to 60m", "2s",
     "the measured window; 0s drives nothing"},
    {"interval", TIME, ANY, FIELD(interval), MILLISECOND, 3600 * SECOND, "1ms to 60m", "100ms",
     "step of the time series"},
    {"seed", COUNT, ANY, FIELD(seed), 0, UINT64_MAX, "0 to 2^64-1", "42",
     "of the bytes sent; stream: of who is told what"},
    {"sources", COUNT, ANY, FIELD(sources), 1, 250, "1 to 250", "16",
     "loopback addresses to connect from: 127.0.0.2, 127.0.0.3, ..."},
    {"in-flight", COUNT, ANY, FIELD(in_flight), 1, 65535, "1 to 65535", "128",
     "connections being opened at once"},
    {"connect-timeout", TIME, ANY, FIELD(connect_timeout), MILLISECOND, 3600 * SECOND, "1ms to 60m",
     "5s", "for connect()"},
    {"reply-timeout", TIME, ANY, FIELD(reply_timeout), MILLISECOND, 3600 * SECOND, "1ms to 60m",
     "10s", "from a send to the last byte of its reply; stream: for a frame too"},
    {"deadline", TIME, ANY, FIELD(deadline), MILLISECOND, 24 * 3600 * SECOND, "1ms to 1440m", "5m",
     "for everything but --warmup and --duration: then it ends by itself"},
    {"connections", COUNT, CEILING_ONLY, FIELD(connections), 1, 10000000, "1 to 10000k", "30k",
     "with --until-refused: where to stop at the latest"},
};

enum { SETTINGS = sizeof settings / sizeof *settings, CONNECT = SETTINGS, STREAM, UNTIL_REFUSED, WAIT, HELP };

static _Noreturn void usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

static _Noreturn void usage(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("fleet: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(2);
}

static void help_settings(enum workload workload)
{
    for (const struct setting *s = settings; s < settings + SETTINGS; s++)
        if (s->workload == workload)
            printf("  --%-15s %-7s %s (%s)\n", s->name, s->initial, s->help, s->range);
}

static _Noreturn void help(void)
{
    puts("fleet: opens TCP connections to an echo server and drives a closed loop, or listens to\n"
         "aplay; verifies every byte and prints what it measured as JSON lines.\n\n"
         "  fleet --connect 127.0.0.1:9000 --active 50 --duration 2s\n"
         "  fleet --connect 127.0.0.1:9000 --idle 10k --active 50 --payload 1KiB --warmup 1s\n"
         "  fleet --connect 127.0.0.1:9000 --idle 10k --active 0 --duration 0s --wait\n"
         "  fleet --connect 127.0.0.1:9000 --until-refused --connections 20k\n"
         "  fleet --connect 127.0.0.1:9000 --stream --listeners 100 --stalled 1 --control 20\n\n"
         "  --connect HOST:PORT       the server (IPv4)");
    help_settings(ANY);
    puts("  --wait                    once connected, wait for the line `start` on stdin;\n"
         "                            once all is said, hold the connections until `stop` or its end\n\n"
         "An echo server:");
    help_settings(ECHO_ONLY);
    puts("  --until-refused           open connections until one is refused; how many were served?");
    help_settings(CEILING_ONLY);
    puts("\nA player of streams:\n"
         "  --stream                  listen, by the contract of labs/aplay; the tone is expected");
    help_settings(STREAM_ONLY);
    puts("\nExit: 0 a result was printed; 2 usage; 3 the fleet itself failed.");
    exit(0);
}

static void set(struct options *options, const struct setting *setting, const char *text)
{
    uint64_t value;
    if (!quantity_parse(text, setting->unit, &value))
        usage("--%s: found '%s'; type %s, for instance --%s %s", setting->name, text,
              quantity_advice(setting->unit), setting->name, setting->initial);
    if (value < setting->least || value > setting->most)
        usage("--%s: found '%s'; type a value in the range %s", setting->name, text, setting->range);
    memcpy((char *)options + setting->field, &value, sizeof value);
}

static void set_target(struct options *options, const char *text)
{
    const char *colon = strrchr(text, ':');
    size_t length = colon ? (size_t)(colon - text) : 0;
    if (length == 0 || length >= sizeof options->host ||
        !quantity_parse(colon + 1, COUNT, &options->port) || options->port < 1 ||
        options->port > 65535)
        usage("--connect: found '%s'; type HOST:PORT, for instance --connect 127.0.0.1:9000", text);
    memcpy(options->host, text, length);
    options->host[length] = '\0';
}

static void check_workload(const struct options *options, const bool *given)
{
    if (options->stream && options->until_refused)
        usage("--until-refused: found with --stream; type --listeners for the number of connections");
    for (int i = 0; i < SETTINGS; i++) {
        enum workload workload = settings[i].workload;
        if (given[i] && options->stream && (workload == ECHO_ONLY || workload == CEILING_ONLY))
            usage("--%s: found with --stream; type --listeners or --stalled instead, or no --stream",
                  settings[i].name);
        if (given[i] && !options->stream && workload == STREAM_ONLY)
            usage("--%s: found without --stream; type --stream as well, to listen to aplay",
                  settings[i].name);
    }
}

static void check_together(const struct options *options, const bool *given)
{
    bool mixed = false;
    check_workload(options, given);
    for (int i = 0; i < SETTINGS; i++)
        if (settings[i].field == FIELD(idle) || settings[i].field == FIELD(active))
            mixed |= given[i];
    if (!given[CONNECT])
        usage("--connect is missing; type --connect HOST:PORT, for instance --connect 127.0.0.1:9000");
    if (options->until_refused && mixed)
        usage("--until-refused: found with --idle or --active; type --connections for its number");
    if (!options->until_refused && given[SETTINGS - 1])
        usage("--connections: found without --until-refused; type --idle or --active instead");
    if (options->duration / options->interval > 100000)
        usage("--interval: found more than 100000 of them in --duration; type a longer --interval");
}

void options_parse(struct options *options, int argc, char **argv)
{
    struct option table[HELP + 2] = {{0}};
    bool given[HELP + 1] = {false};
    int option;

    for (int i = 0; i < SETTINGS; i++) {
        table[i] = (struct option){settings[i].name, required_argument, NULL, i};
        set(options, &settings[i], settings[i].initial);
    }
    table[CONNECT] = (struct option){"connect", required_argument, NULL, CONNECT};
    table[STREAM] = (struct option){"stream", no_argument, NULL, STREAM};
    table[UNTIL_REFUSED] = (struct option){"until-refused", no_argument, NULL, UNTIL_REFUSED};
    table[WAIT] = (struct option){"wait", no_argument, NULL, WAIT};
    table[HELP] = (struct option){"help", no_argument, NULL, HELP};

    while ((option = getopt_long(argc, argv, ":", table, NULL)) != -1) {
        if (option == ':')
            usage("%s: found no value; type one behind it (fleet --help lists examples)",
                  argv[optind - 1]);
        if (option == '?')
            usage("unknown or ambiguous option: found '%s'; type fleet --help for the list",
                  argv[optind - 1]);
        given[option] = true;
        if (option < SETTINGS)
            set(options, &settings[option], optarg);
        else if (option == CONNECT)
            set_target(options, optarg);
        else if (option == STREAM)
            options->stream = true;
        else if (option == UNTIL_REFUSED)
            options->until_refused = true;
        else if (option == WAIT)
            options->wait = true;
        else
            help();
    }
    if (optind < argc)
        usage("found '%s', which belongs to no option; options begin with --", argv[optind]);
    check_together(options, given);
    if (options->until_refused) {
        options->active = 0;
        options->idle = options->connections;
    }
    if (options->stream)
        options->payload = FRAME_BYTES; /* a frame is what one request is elsewhere */
}
