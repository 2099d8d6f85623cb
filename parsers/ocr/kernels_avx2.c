#define LANES 8
#define WIDE  1
#define TILE  5
#include "kernels_body.h"

const struct kernels kernels_avx2 = {conv, depthwise};
