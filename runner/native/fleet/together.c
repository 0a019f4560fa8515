/* What does not go together, each with what to type instead. */
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

static void check_belongs(const struct options *options, const char *name, enum workload workload)
{
    if (options->stream && (workload == LOAD_ONLY || workload == CEILING_ONLY))
        usage("--%s: found with --stream; type --listeners or --stalled instead, or no --stream",
              name);
    if (!options->stream && workload == STREAM_ONLY)
        usage("--%s: found without --stream; type --stream as well, to listen to aplay", name);
}

static void check_workload(const struct options *options, const bool *given)
{
    if (options->stream && options->until_refused)
        usage("--until-refused: found with --stream; type --listeners for the number of connections");
    for (size_t i = 0; i < settings_count; i++)
        if (given[i])
            check_belongs(options, settings[i].name, settings[i].workload);
    for (size_t i = 0; i < words_count; i++)
        if (given[settings_count + i])
            check_belongs(options, words[i].name, words[i].workload);
}

static void check_exchange(const struct options *options, const bool *given)
{
    if (was(given, "send") != was(given, "reply"))
        usage("--%s: found without --%s; type both, for instance --send 'PING\\r\\n' --reply "
              "'until:\\r\\n'",
              was(given, "send") ? "send" : "reply", was(given, "send") ? "reply" : "send");
    if (was(given, "send") && was(given, "payload"))
        usage("--payload: found with --send; type one of them: the request is what is sent");
    if (options->exchange.kind == BYTES && options->exchange.bytes > options->exchange.most)
        usage("--reply: found more bytes than --reply-most; type a larger --reply-most");
}

/* Of several parts each has a share of the rate, so each needs a connection to send it on: else its
 * share stays unsent, and it would seem that the server did not keep up. */
static void check_rate(const struct options *options)
{
    uint64_t fewest = options->active / options->parts;
    uint64_t slow = slow_of(fewest, options->slow_readers) + slow_of(fewest, options->slow_writers);
    if (options->rate == 0)
        return;
    if (options->rate < options->parts)
        usage("--rate: found less than the number of parts; type a higher --rate");
    if (options->active == 0)
        usage("--rate: found with --active 0; type how many connections it is spread over");
    if (fewest == 0)
        usage("--active: found less than the number of parts, which share --rate; type --active %" PRIu64
              " or more",
              options->parts);
    if (slow >= fewest)
        usage("--slow-readers, --slow-writers: found with --rate, and no connection of %s is left to send "
              "at it; type a smaller share, or a larger --active",
              options->parts > 1 ? "a part" : "--active");
    if (options->think.high > 0)
        usage("--think: found with --rate; type one of them: think times belong to the closed loop");
}

/* What is divided by the number of connections, or by a duration, needs one. */
static void check_numbers(const struct options *options)
{
    if (options->churn > 0 && options->idle + options->active < options->parts)
        usage("--churn: found with %" PRIu64 " connections for %" PRIu64 " parts; type --active or --idle, so "
              "that each part has a connection to close and open anew",
              options->idle + options->active, options->parts);
    if (options->ramp > 1 && options->duration == 0)
        usage("--ramp: found with --duration 0s, which has no steps; type a longer --duration");
    if (options->active * options->pipeline > 100000000)
        usage("--pipeline: found more than 100000k requests in flight; type less");
}

static void check_loop(const struct options *options, const bool *given)
{
    if (was(given, "arrivals") && options->rate == 0)
        usage("--arrivals: found without --rate; type --rate as well, for the open loop");
    check_rate(options);
    check_numbers(options);
    if (options->slow_readers + options->slow_writers > 100)
        usage("--slow-writers: found more than 100%% together with --slow-readers; type less");
    if (was(given, "slot") && !was(given, "turn"))
        usage("--slot: found without --turn; type --turn as well, for instance --turn 1/2");
    if (was(given, "turn") && (options->rate > 0 || options->think.high > 0 || options->churn > 0 ||
                               options->slow_readers > 0 || options->slow_writers > 0))
        usage("--turn: found with what goes on by a clock of its own; type no --rate, --think, --churn, "
              "--slow-readers or --slow-writers");
}

void check_together(const struct options *options, const bool *given)
{
    check_workload(options, given);
    if (!was(given, "connect"))
        usage("--connect is missing; type --connect HOST:PORT, for instance --connect 127.0.0.1:9000");
    if (options->until_refused && (was(given, "idle") || was(given, "active")))
        usage("--until-refused: found with --idle or --active; type --connections for its number");
    if (!options->until_refused && was(given, "connections"))
        usage("--connections: found without --until-refused; type --idle or --active instead");
    if (options->duration / options->interval > 100000)
        usage("--interval: found more than 100000 of them in --duration; type a longer --interval");
    check_exchange(options, given);
    if (options->stream && options->control > 0 && options->active < options->parts)
        usage("--control: found with fewer --listeners than parts; type --listeners %" PRIu64 " or more",
              options->parts);
    if (!options->stream)
        check_loop(options, given);
}
