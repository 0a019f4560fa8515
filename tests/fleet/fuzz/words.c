/* libFuzzer on what is typed: every value of the command line, whatever it is. */
#include <stdlib.h>
#include <string.h>

#include "options.h"

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void read_numbers(const char *text)
{
    for (int unit = COUNT; unit <= SHARE; unit++) {
        struct dist dist = {0};
        uint64_t value;
        quantity_parse(text, (enum unit)unit, &value);
        if (!dist_parse(text, (enum unit)unit, 10, 1000000, &dist))
            continue;
        for (uint64_t word = 0; word < 4; word++) {
            uint64_t drawn = dist_draw(&dist, word * 0x5555555555555555ULL);
            require(drawn >= 10 && drawn <= 1000000);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct options options;
    static bool (*const readers[])(struct options *, const char *) = {
        set_target, set_arrivals, set_part, set_turn, set_send, set_reply, set_close};
    char *text = malloc(size + 1);
    require(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    read_numbers(text);
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
        memset(&options, 0, sizeof options);
        if (readers[i](&options, text))
            exchange_prepare(&options.load.exchange);
        require(options.load.exchange.send_bytes <= SEND_MOST && options.load.exchange.text_bytes <= TEXT_MOST);
    }
    free(text);
    return 0;
}
