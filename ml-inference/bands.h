/* bands.h: where a confidence counts as high, medium or low. Measured in docs/accuracy.md. */
#ifndef DOCKET_ML_BANDS_H
#define DOCKET_ML_BANDS_H

#define BAND_HIGH   0.97
#define BAND_MEDIUM 0.75

#endif
