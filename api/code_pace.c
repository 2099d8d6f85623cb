#include "code_pace.h"

#define FIRST_MS  30000LL
#define DOUBLINGS 9

int64_t
code_wait_ms(int32_t wrong)
{
	int32_t past = wrong - CODES_FREE;
	if (past < 0)
		return 0;
	return past <= DOUBLINGS ? FIRST_MS << past : (past - DOUBLINGS) * CODE_FORGET_MS;
}
