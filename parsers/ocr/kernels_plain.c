#define LANES 4
#define WIDE  1
#define TILE  2
#include "kernels_body.h"

const struct kernels kernels_plain = {conv, depthwise};
