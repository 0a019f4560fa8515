/* 5 main: options that exclude or need each other; each message says what to type. */
#include <inttypes.h>
#include <string.h>

#include "options.h"

static bool was(const bool *given, const char *name)
{
    for (size_t i = 0; i < settings_count; i++)
        if (strcmp(settings[i].name, name) == 0)
            return given[i];
    for (size_t i = 0; i < words_count; i++)
        if (strcmp(words[i].name, name) == 0)
            return given[settings_count + i];
    return false;
}

static void check_belongs(const struct options *options, const char *name, enum belonging belonging)
{
    if (options->stream && (belonging == LOAD_ONLY || belonging == CEILING_ONLY))
        usage("--%s cannot be combined with --stream; type --listeners or --stalled instead, or no --stream",
              name);
    if (!options->stream && belonging == STREAM_ONLY)
        usage("--%s needs --stream; type --stream as well, to listen to aplay", name);
}

static void check_workload(const struct options *options, const bool *given)
{
    if (options->stream && options->until_refused)
        usage("--until-refused cannot be combined with --stream; type --listeners for the number of "
              "connections");
    for (size_t i = 0; i < settings_count; i++)
        if (given[i])
            check_belongs(options, settings[i].name, settings[i].belonging);
    for (size_t i = 0; i < words_count; i++)
        if (given[settings_count + i])
            check_belongs(options, words[i].name, words[i].belonging);
}

static void check_exchange(const struct options *options, const bool *given)
{
    const struct load_options *load = &options->load;
    if (was(given, "send") != was(given, "reply"))
        usage("--%s needs --%s; type both, for instance --send 'PING\\r\\n' --reply "
              "'until:\\r\\n'",
              was(given, "send") ? "send" : "reply", was(given, "send") ? "reply" : "send");
    if (was(given, "send") && was(given, "payload"))
        usage("--payload cannot be combined with --send, which is the request; type one of them");
    if (load->exchange.kind == BYTES && load->exchange.bytes > load->exchange.most)
        usage("--reply has more bytes than --reply-most; type a larger --reply-most");
}

/* Each of several parts has a share of the rate, and needs a connection for it. Otherwise its share
 * stays unsent, as if the server had not kept up. */
static void check_rate(const struct options *options)
{
    const struct load_options *load = &options->load;
    uint64_t fewest = options->active / load->parts;
    uint64_t slow = slow_of(fewest, load->slow_readers) + slow_of(fewest, load->slow_writers);
    if (load->rate == 0)
        return;
    if (load->rate < load->parts)
        usage("--rate is less than the number of parts; type a higher --rate");
    if (options->active == 0)
        usage("--rate cannot be combined with --active 0; type how many connections carry the requests");
    if (fewest == 0)
        usage("--active is less than the number of parts, which share --rate; type --active %" PRIu64
              " or more",
              load->parts);
    if (slow >= fewest)
        usage("--slow-readers, --slow-writers: no connection of %s is left for --rate; type a smaller "
              "share, or a larger --active",
              load->parts > 1 ? "a part" : "--active");
    if (load->think.high > 0)
        usage("--think cannot be combined with --rate: think times belong to the closed loop; type one of "
              "them");
}

/* Some numbers are divided by the number of connections or by a duration. */
static void check_numbers(const struct options *options)
{
    const struct load_options *load = &options->load;
    if (load->churn > 0 && options->idle + options->active < load->parts)
        usage("--churn has %" PRIu64 " connections for %" PRIu64 " parts; type --active or --idle, so that "
              "each part has a connection to reopen",
              options->idle + options->active, load->parts);
    if (load->ramp > 1 && options->duration == 0)
        usage("--ramp cannot be combined with --duration 0s, which has no steps; type a longer --duration");
    if (options->active * load->pipeline > 100000000)
        usage("--pipeline allows more than 100000k requests in flight; type less");
}

static void check_loop(const struct options *options, const bool *given)
{
    const struct load_options *load = &options->load;
    if (was(given, "arrivals") && load->rate == 0)
        usage("--arrivals needs --rate; type --rate as well, for the open loop");
    check_rate(options);
    check_numbers(options);
    if (load->slow_readers + load->slow_writers > 100)
        usage("--slow-writers and --slow-readers are together more than 100%%; type less");
    if (was(given, "slot") && !was(given, "turn"))
        usage("--slot needs --turn; type --turn as well, for instance --turn 1/2");
    if (was(given, "turn") && (load->rate > 0 || load->think.high > 0 || load->churn > 0 ||
                               load->slow_readers > 0 || load->slow_writers > 0))
        usage("--turn cannot be combined with a schedule of its own; type no --rate, --think, --churn, "
              "--slow-readers or --slow-writers");
}

void check_together(const struct options *options, const bool *given)
{
    check_workload(options, given);
    if (!was(given, "connect"))
        usage("--connect is missing; type --connect HOST:PORT, for instance --connect 127.0.0.1:9000");
    if (options->until_refused && (was(given, "idle") || was(given, "active")))
        usage("--until-refused cannot be combined with --idle or --active; type --connections for its number");
    if (options->until_refused && was(given, "first-crowd"))
        usage("--until-refused cannot be combined with --first-crowd; type one of them");
    if (!options->until_refused && was(given, "connections"))
        usage("--connections needs --until-refused; type --idle or --active instead");
    if (options->duration / options->interval > 100000)
        usage("--interval: more than 100000 of them are in --duration; type a longer --interval");
    check_exchange(options, given);
    if (options->stream && options->streaming.control > 0 && options->active < options->load.parts)
        usage("--control: --listeners is less than the number of parts; type --listeners %" PRIu64 " or more",
              options->load.parts);
    if (!options->stream)
        check_loop(options, given);
}
