/* bands.h: where a confidence counts as high, medium or low. What trees chose counts as high from where its
 * calibration says, never below BAND_HIGH. Measured in docs/accuracy.md. */
#ifndef DOCKET_ML_BANDS_H
#define DOCKET_ML_BANDS_H

#define BAND_HIGH   0.97
#define BAND_MEDIUM 0.75

#endif
