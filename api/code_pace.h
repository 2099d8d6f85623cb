/* code_pace.h: how soon another code of six digits may be tried.
 *
 * Three of a million are right at any moment, and each is tried by somebody who has the password. A few wrong
 * ones are free; then each makes the wait twice as long, and past ten of those it is until some are
 * forgotten, which is one in six hours: so in the long run four a day can be tried, however many at once.
 * Recovery codes and passkeys do not wait for it, and a new password begins anew: whoever guesses cannot keep
 * the owner out. */
#ifndef DOCKET_CODE_PACE_H
#define DOCKET_CODE_PACE_H

#include <stdint.h>

#define CODES_FREE     5
#define CODE_FORGET_MS (6 * 3600000LL)

/* After so many that are remembered. */
int64_t code_wait_ms(int32_t wrong);

#endif
