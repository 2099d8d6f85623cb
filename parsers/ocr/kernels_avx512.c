#define LANES 16
#define WIDE  2
#define TILE  10
#include "kernels_body.h"

const struct kernels kernels_avx512 = {conv, depthwise};
