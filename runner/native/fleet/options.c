/* 5 main: parse the command line. A mistake is reported in one line that says what to type, with
 * exit code 2. */
#include <getopt.h>
#include <limits.h>
#include <string.h>

#include "options.h"

static void set_drawn(struct options *options, const struct setting *setting, const char *text)
{
    struct dist *dist = (struct dist *)((char *)options + setting->field);
    if (!dist_parse(text, setting->unit, setting->least, setting->most, dist))
        usage("--%s: '%s' is not valid; type %s, uniform:LOW..HIGH or exponential:MEAN of such "
              "values, for instance --%s %s, in the range %s",
              setting->name, text, quantity_advice(setting->unit), setting->name, setting->initial,
              setting->range);
}

static void set(struct options *options, const struct setting *setting, const char *text)
{
    uint64_t value;
    if (setting->drawn) {
        set_drawn(options, setting, text);
        return;
    }
    if (!quantity_parse(text, setting->unit, &value))
        usage("--%s: '%s' is not valid; type %s, for instance --%s %s", setting->name, text,
              quantity_advice(setting->unit), setting->name, setting->initial);
    if (value < setting->least || value > setting->most)
        usage("--%s: '%s' is out of range; type a value in the range %s", setting->name, text, setting->range);
    memcpy((char *)options + setting->field, &value, sizeof value);
}

static void set_word(struct options *options, const struct word *word, const char *text)
{
    if (!word->set)
        *(bool *)((char *)options + word->field) = true;
    else if (!word->set(options, text))
        usage("--%s: '%s' is not valid; type %s", word->name, text, word->advice);
}

/* The share of this load generator; the shares of all parts add up to `total`. */
static uint64_t share(const struct options *options, uint64_t total)
{
    const struct load_options *load = &options->load;
    return total / load->parts + (load->part < total % load->parts);
}

/* Several load generators that share a load have the same command line, except for --part. */
static void take_part(struct options *options)
{
    options->idle = share(options, options->idle);
    options->active = share(options, options->active);
    options->first_crowd = share(options, options->first_crowd);
    options->connections = share(options, options->connections);
    options->load.churn = share(options, options->load.churn);
    options->streaming.control = share(options, options->streaming.control);
    options->seed += options->load.part;
    options->load.rate = share(options, options->load.rate);
}

/* Of the values that getopt_long returns. Its own values are characters. */
#define FIRST_OPTION 256
_Static_assert(FIRST_OPTION > UCHAR_MAX, "an option must differ from getopt's '?' and ':'");

static void parse_all(struct options *options, int argc, char **argv, bool *given)
{
    struct option table[SETTINGS_MOST + WORDS_MOST + 1] = {{0}};
    int option, first_word = (int)settings_count;
    for (int i = 0; i < first_word; i++) {
        table[i] = (struct option){settings[i].name, required_argument, NULL, FIRST_OPTION + i};
        set(options, &settings[i], settings[i].initial);
    }
    for (int i = 0; i < (int)words_count; i++) {
        int argument = words[i].set ? required_argument : no_argument;
        table[first_word + i] = (struct option){words[i].name, argument, NULL,
                                                   FIRST_OPTION + first_word + i};
    }
    while ((option = getopt_long(argc, argv, ":", table, NULL)) != -1) {
        if (option == ':')
            usage("%s has no value; type one after it (fleet --help lists examples)",
                  argv[optind - 1]);
        if (option == '?')
            usage("option '%s' is unknown or ambiguous; type fleet --help for the list",
                  argv[optind - 1]);
        option -= FIRST_OPTION;
        given[option] = true;
        if (option < first_word)
            set(options, &settings[option], optarg);
        else
            set_word(options, &words[option - first_word], optarg);
        if (options->help)
            help(options->summary);
    }
    if (optind < argc)
        usage("'%s' belongs to no option; options begin with --", argv[optind]);
}

void options_parse(struct options *options, int argc, char **argv)
{
    bool given[SETTINGS_MOST + WORDS_MOST] = {false};
    options->load.parts = options->turns.turns = 1;
    parse_all(options, argc, argv, given);
    check_together(options, given);
    take_part(options);
    exchange_prepare(&options->load.exchange);
    if (options->until_refused) {
        options->active = 0;
        options->idle = options->connections;
    }
}
