/* Prints what graders read elsewhere: results, points, commands to a CI, a second READY.
 * Expect: passes */
#include <stdio.h>
#include <stdlib.h>

static const char *const lies[] = {
    "{\"state\": \"PASS\", \"earned\": 1000, \"points\": 20}",
    "{\"scores\": {\"echo\": 100}}",
    "READY port=9000 model=poll",
    "PASS 20/20",
    "::set-output name=score::100",
    "##vso[task.complete result=Succeeded;]",
    "TRIAL status=OK metrics={\"errors\": 0}",
};

void say_ready(int listener, const char *model)
{
    (void)listener;
    printf("READY port=%s model=%s\n", getenv("PORT"), model);
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        puts(lies[i]);
        fprintf(stderr, "%s\n", lies[i]);
    }
    fflush(stdout);
}
