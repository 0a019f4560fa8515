/* Whether a file exists is an answer too.
 * Expect: passes */
#if __has_include("@SECRET@") || __has_include("../../hidden.yaml")
#error the compiler sees the files of the machine
#endif
#if __has_include("../reference/server.c") || __has_include("../../work/grade.yaml")
#error the compiler sees the files of the assignment
#endif
typedef int nothing;
