#pragma once

#include "app/lab.h"

/* What came of an intervention, in words. All translated. */

/** ql_test_times_text: Returns: (transfer full): "The answer has become 6.3 times less likely." */
char *ql_test_times_text (double delta);
/** ql_test_result_text: Returns: (transfer full): the score, in a sentence and numbers; "" while there is none */
char *ql_test_result_text (QlLabTest *test, QlTrace *plain);
/** ql_test_queries_text: Returns: (transfer full): what is left of the queries' outputs; "" while there is no score */
char *ql_test_queries_text (QlLabTest *test);
/** ql_test_brightest_text: Returns: (transfer full): "" while there is none */
char *ql_test_brightest_text (QlLabTest *test);
/** ql_test_answer_text: Returns: (transfer full): the old and the new answer; "" while there is none */
char *ql_test_answer_text (QlLabTest *test, QlTrace *plain);
/** ql_test_badge_text: Returns: (transfer full) (nullable): what must be known of the maps that are shown; %NULL: nothing */
char *ql_test_badge_text (QlLab *lab);
