/* 5 main: values that are no numbers. Each function returns whether its text is valid. */
#include <string.h>

#include "options.h"

bool set_target(struct options *options, const char *text)
{
    const char *colon = strrchr(text, ':');
    size_t length = colon ? (size_t)(colon - text) : 0;
    if (length == 0 || length >= sizeof options->host ||
        !quantity_parse(colon + 1, COUNT, &options->port) || options->port < 1 ||
        options->port > 65535)
        return false;
    memcpy(options->host, text, length);
    options->host[length] = '\0';
    return true;
}

bool set_arrivals(struct options *options, const char *text)
{
    options->load.poisson = strcmp(text, "poisson") == 0;
    return options->load.poisson || strcmp(text, "constant") == 0;
}

/* N/ALL, from 1; stored from 0. */
static bool which_of(const char *text, uint64_t *which, uint64_t *all)
{
    const char *slash = strchr(text, '/');
    char number[16];
    size_t length = slash ? (size_t)(slash - text) : sizeof number;
    if (length >= sizeof number)
        return false;
    memcpy(number, text, length);
    number[length] = '\0';
    if (!quantity_parse(number, COUNT, which) || !quantity_parse(slash + 1, COUNT, all) || *which < 1 ||
        *which > *all || *all > 10000)
        return false;
    --*which;
    return true;
}

bool set_part(struct options *options, const char *text)
{
    return which_of(text, &options->load.part, &options->load.parts);
}

bool set_turn(struct options *options, const char *text)
{
    return which_of(text, &options->turns.turn, &options->turns.turns);
}

static int hex(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

/* `PING\r\n`: the typed bytes, and \r \n \t \0 \\ \xHH. */
bool unescape(const char *text, uint8_t *bytes, size_t most, size_t *length)
{
    static const char letters[] = "rnt0\\", meant[] = "\r\n\t\0\\";
    *length = 0;
    while (*text) {
        uint8_t byte = (uint8_t)*text++;
        if (byte == '\\') {
            const char *letter = *text ? strchr(letters, *text) : NULL;
            if (letter) {
                byte = (uint8_t)meant[letter - letters];
                text++;
            } else if (*text == 'x' && hex(text[1]) >= 0 && hex(text[2]) >= 0) {
                byte = (uint8_t)(hex(text[1]) * 16 + hex(text[2]));
                text += 3;
            } else {
                return false;
            }
        }
        if (*length == most)
            return false;
        bytes[(*length)++] = byte;
    }
    return *length > 0;
}

bool set_send(struct options *options, const char *text)
{
    struct exchange *exchange = &options->load.exchange;
    return unescape(text, exchange->send, SEND_MOST, &exchange->send_bytes);
}

/* bytes:7B, until:\r\n, exactly:+PONG\r\n, http:200 */
static bool parse_reply(struct exchange *exchange, const char *text)
{
    static const struct { const char *name; int kind; } kinds[] = {
        {"bytes:", BYTES}, {"until:", UNTIL}, {"exactly:", IS}, {"http:", HTTP}};
    const char *value = NULL;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && !value; i++) {
        size_t length = strlen(kinds[i].name);
        if (strncmp(text, kinds[i].name, length) == 0) {
            value = text + length;
            exchange->kind = kinds[i].kind;
        }
    }
    if (!value)
        return false;
    if (exchange->kind == BYTES)
        return quantity_parse(value, SIZE, &exchange->bytes) && exchange->bytes > 0 &&
               exchange->bytes <= 16 * MIB;
    if (exchange->kind == HTTP)
        return quantity_parse(value, COUNT, &exchange->status) && exchange->status >= 200 &&
               exchange->status <= 599;
    return unescape(value, exchange->text, TEXT_MOST, &exchange->text_bytes);
}

bool set_reply(struct options *options, const char *text)
{
    return parse_reply(&options->load.exchange, text);
}

bool set_close(struct options *options, const char *text)
{
    options->fin = strcmp(text, "fin") == 0;
    return options->fin || strcmp(text, "rst") == 0;
}
