#include "ocr.h"

static const struct ocr_driver *const drivers[] = {&ocr_tesseract, &ocr_docket};

struct ocr {
	const struct ocr_driver *driver;
	void *engine;
};

enum err
ocr_open(const struct ocr_options *o, struct ocr **ret, struct why *why)
{
	for (size_t i = 0; i < ARRAY_LEN(drivers); i++) {
		if (o->engine && strcmp(o->engine, drivers[i]->name) != 0)
			continue;
		void *engine = NULL;
		TRY(drivers[i]->open(o, &engine, why));
		struct ocr *ocr = malloc(sizeof *ocr);
		if (!ocr)
			BUG("no memory for an engine");
		*ocr = (struct ocr){drivers[i], engine};
		*ret = ocr;
		return ERR_NONE;
	}
	return fail(why, ERR_INVALID, "no engine is called \"%s\"", o->engine);
}

void
ocr_close(struct ocr **o)
{
	if (!*o)
		return;
	(*o)->driver->close((*o)->engine);
	free(*o);
	*o = NULL;
}

const char *
ocr_name(const struct ocr *o)
{
	return o->driver->name;
}

const char *
ocr_version(const struct ocr *o)
{
	return o->driver->version(o->engine);
}

bool
ocr_reads_many(const struct ocr *o)
{
	return o->driver->many;
}

enum err
ocr_read(struct ocr *o, const struct ocr_image *image, const struct ocr_request *request, struct arena *mem,
         struct ocr_text *ret, struct why *why)
{
	return o->driver->read(o->engine, image, request, mem, ret, why);
}
