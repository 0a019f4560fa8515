/* What a terminal obeys, in encodings that a filter may not know: C1 controls as UTF-8 and as Latin-1,
 * overlong forms, surrogates, UTF-16, UTF-7, marks of direction, separators of lines, half sequences.
 * Then it ends, so that its last words are quoted.
 * Expect: fails */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const words[] = {
    "\xc2\x9b" "31mC1 as UTF-8", "\x9b" "31mC1 as Latin-1", "\xc0\x9b" "31moverlong escape",
    "\xe0\x80\x9b]0;three bytes\x07", "\xed\xa0\x9b" "a surrogate", "\xf4\x90\x80\x80" "too high",
    "+AFs-31mUTF-7", "\xe2\x80\xae" "turned round\xe2\x80\xac", "\xe2\x81\xa6isolated\xe2\x81\xa9",
    "\xe2\x80\xa8::error::a line separator", "\xe2\x80\xa9::error::a paragraph",
    "\xc2\x85::error::next line", "\x0b::error::vertical", "\x0c::error::form", "\r::error::return",
    "\xef\xbb\xbf::error::byte order", "\xe2\x80\x8b::error::no width", "\x1c::error::separator",
    "\x90qSIXEL\x9c", "\x1b]8;;http://evil.example/\x1b\\link\x1b]8;;\x1b\\", "\x1b[6n\x1b[c\x05",
    "\xff\xfe\x1b\0[\0" "3\0", "\xf3\xa0\x80\x81\xf3\xa0\x81\x9btags", "\xe2\x80", "\x0e" "shift out",
};

void say_ready(int listener, const char *model)
{
    (void)listener;
    printf("READY port=%s model=%s\n", getenv("PORT"), model);
    for (int round = 0; round < 200; round++)
        for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
            printf("%s\n", words[i]);
            fprintf(stderr, "%s\n", words[i]);
        }
    fflush(stdout);
    _exit(3);
}
