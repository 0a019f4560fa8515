/* A compiler that explains a mistake quotes the line; `#line` says of which file. The messages
 * themselves hold what terminals and CI systems obey.
 * Expect: fails */
#pragma GCC warning "::error::\033[31m"
#warning ::set-output name=score::100 ‮ turned
_Static_assert(0, "\n::error file=x::\033]0;evil\a");
#line 1 "@SECRET@"
int first = ;
#line 1 "/etc/shadow"
int second = ;
#line 1 "\033[31m::error::\n##[error]"
int third = ;
