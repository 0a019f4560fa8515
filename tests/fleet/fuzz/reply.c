/* libFuzzer on the reply parsers. The first byte chooses the parser, the second how the rest is
 * cut. Whatever comes, the parser must end, take no byte twice or beyond the end, and say the
 * same however the bytes are cut. */
#include <stdlib.h>
#include <string.h>

#include "exchange.h"

enum { STEPS_MOST = 64 };

struct step {
    enum taken taken;
    enum fault fault;
    size_t at;
};

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void choose(struct exchange *exchange, uint8_t choice)
{
    static const char *const texts[] = {"\r\n", "+PONG\r\n", "abab", "aaab", "END\r\n"};
    const char *text = texts[choice / 8 % 5];
    memset(exchange, 0, sizeof *exchange);
    exchange->kind = BYTES + choice % 4;
    exchange->bytes = 1 + choice / 8;
    exchange->most = choice & 4 ? 16 << 20 : 50;
    exchange->status = 200;
    exchange->text_bytes = strlen(text);
    memcpy(exchange->text, text, exchange->text_bytes);
    exchange->send_bytes = 5;
    memcpy(exchange->send, choice & 128 ? "HEAD " : "GET /", 5);
    exchange_prepare(exchange);
}

/* Feed pieces of `cut` bytes; note where each reply ends. Returns how many steps there were. */
static size_t feed(const struct exchange *exchange, const uint8_t *data, size_t size, size_t cut,
                   struct step *steps)
{
    struct reply reply = {0};
    size_t count = 0;
    for (size_t at = 0; at < size;) {
        size_t piece = size - at < cut ? size - at : cut;
        uint8_t *copy = malloc(piece); /* so that a byte too far is one that is not there */
        require(copy != NULL);
        memcpy(copy, data + at, piece);
        const uint8_t *bytes = copy;
        size_t left = piece;
        while (left > 0) {
            enum fault fault = NOT_THE_PROTOCOL;
            size_t before = left;
            enum taken taken = exchange_take(exchange, &reply, &bytes, &left, &fault);
            require(left <= before && (size_t)(bytes - copy) == piece - left);
            require(taken != REPLY_PART || left == 0);
            require(taken == REPLY_FAULT || left < before);
            require(reply.count <= exchange->most || taken == REPLY_FAULT);
            if (taken == REPLY_PART)
                break;
            if (count < STEPS_MOST)
                steps[count++] = (struct step){taken, taken == REPLY_FAULT ? fault : 0,
                                               taken == REPLY_FAULT ? 0 : at + piece - left};
            if (taken == REPLY_FAULT) {
                free(copy);
                return count;
            }
            reply = (struct reply){0};
        }
        free(copy);
        at += piece;
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct exchange exchange;
    struct step whole[STEPS_MOST], cut[STEPS_MOST];
    if (size < 3)
        return 0;
    choose(&exchange, data[0]);
    size_t first = feed(&exchange, data + 2, size - 2, size, whole);
    size_t second = feed(&exchange, data + 2, size - 2, 1 + data[1] % 16, cut);
    require(first == second);
    for (size_t i = 0; i < first; i++)
        require(whole[i].taken == cut[i].taken && whole[i].fault == cut[i].fault &&
                whole[i].at == cut[i].at);
    return 0;
}
