/* Values that are no numbers. Each function returns whether it could read its text. */
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
    options->poisson = strcmp(text, "poisson") == 0;
    return options->poisson || strcmp(text, "constant") == 0;
}

bool set_part(struct options *options, const char *text)
{
    const char *slash = strchr(text, '/');
    char number[16];
    size_t length = slash ? (size_t)(slash - text) : sizeof number;
    uint64_t part;
    if (length >= sizeof number)
        return false;
    memcpy(number, text, length);
    number[length] = '\0';
    if (!quantity_parse(number, COUNT, &part) || !quantity_parse(slash + 1, COUNT, &options->parts) ||
        part < 1 || part > options->parts || options->parts > 10000)
        return false;
    options->part = part - 1;
    return true;
}
