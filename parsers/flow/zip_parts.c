#include "zip_parts.h"

#include <unzip.h>

#define PART_MAX   (64 * (int64_t)MIB) /* a book has two */
#define RATIO_FREE (1 * MIB)           /* what is small may be packed as tightly as it likes */

struct bytes {
	const uint8_t *data;
	size_t n, at;
};

struct zip_parts {
	struct bytes bytes;
	unzFile zip;
};

/* ---- minizip reads from memory ---- */

static voidpf
memory_open(voidpf opaque, const void *name, int mode)
{
	(void)name;
	return mode & ZLIB_FILEFUNC_MODE_WRITE ? NULL : opaque;
}

static uLong
memory_read(voidpf opaque, voidpf stream, void *to, uLong n)
{
	struct bytes *b = stream;
	size_t left = b->n - b->at, some = n < left ? n : left;
	(void)opaque;
	if (some)
		memcpy(to, b->data + b->at, some);
	b->at += some;
	return some;
}

static uLong
memory_write(voidpf opaque, voidpf stream, const void *from, uLong n)
{
	(void)opaque;
	(void)stream;
	(void)from;
	(void)n;
	return 0;
}

static ZPOS64_T
memory_tell(voidpf opaque, voidpf stream)
{
	(void)opaque;
	return ((struct bytes *)stream)->at;
}

static long
memory_seek(voidpf opaque, voidpf stream, ZPOS64_T offset, int origin)
{
	struct bytes *b = stream;
	size_t base = origin == ZLIB_FILEFUNC_SEEK_CUR ? b->at : origin == ZLIB_FILEFUNC_SEEK_END ? b->n : 0;
	(void)opaque;
	if (offset > b->n - base)
		return -1;
	b->at = base + (size_t)offset;
	return 0;
}

static int
memory_close(voidpf opaque, voidpf stream)
{
	(void)opaque;
	(void)stream;
	return 0;
}

static int
memory_error(voidpf opaque, voidpf stream)
{
	(void)opaque;
	(void)stream;
	return 0;
}

/* ---- the parts ---- */

void
zip_parts_close(struct zip_parts **z)
{
	if (!*z)
		return;
	if ((*z)->zip)
		unzClose((*z)->zip);
	free(*z);
	*z = NULL;
}

enum err
zip_parts_open(const uint8_t *data, size_t n, const struct limits *l, struct zip_parts **ret, struct why *why)
{
	OWNED(zip_parts_close) struct zip_parts *z = calloc(1, sizeof *z);
	if (!z)
		BUG("no memory");
	z->bytes = (struct bytes){data, n, 0};
	zlib_filefunc64_def memory = {memory_open, memory_read,  memory_write, memory_tell,
	                              memory_seek, memory_close, memory_error, &z->bytes};
	z->zip = unzOpen2_64("", &memory);
	unz_global_info64 info;
	if (!z->zip || unzGetGlobalInfo64(z->zip, &info) != UNZ_OK)
		return fail(why, ERR_CORRUPT_FILE, "the archive's list of parts cannot be read");
	if (info.number_entry > (ZPOS64_T)l->max_entries)
		return fail(why, ERR_DOCUMENT_BOMB, "%llu parts, limit %d",
		            (unsigned long long)info.number_entry, l->max_entries);
	*ret = TAKE(z);
	return ERR_NONE;
}

static enum err
unpack(unzFile zip, const char *name, uint64_t packed, struct limits *l, struct buf *out, struct why *why)
{
	static char chunk[64 * 1024];
	for (;;) {
		int n = unzReadCurrentFile(zip, chunk, sizeof chunk);
		if (n < 0)
			return fail(why, ERR_CORRUPT_FILE, "%s is damaged", name);
		if (n == 0)
			return ERR_NONE;
		l->unpacked += n;
		buf_put(out, chunk, (size_t)n);
		if (l->unpacked > l->max_unpacked || out->full)
			return fail(why, ERR_DOCUMENT_BOMB, "%s unpacks to more than is left of %lld MiB",
			            name, (long long)(l->max_unpacked >> 20));
		if (out->len > RATIO_FREE && out->len / (packed + 1) > (uint64_t)l->max_ratio)
			return fail(why, ERR_DOCUMENT_BOMB, "%s unpacks to over %d times its size", name,
			            l->max_ratio);
	}
}

enum err
zip_parts_read(struct zip_parts *z, const char *name, struct limits *l, char **ret, size_t *ret_n,
               struct why *why)
{
	unz_file_info64 info;
	if (unzLocateFile(z->zip, name, 1) != UNZ_OK)
		return fail(why, ERR_ABSENT, "there is no %s", name);
	if (unzGetCurrentFileInfo64(z->zip, &info, NULL, 0, NULL, 0, NULL, 0) != UNZ_OK)
		return fail(why, ERR_CORRUPT_FILE, "%s cannot be found", name);
	if (info.flag & 1)
		return fail(why, ERR_ENCRYPTED, "%s is encrypted", name);
	if (unzOpenCurrentFile(z->zip) != UNZ_OK)
		return fail(why, ERR_CORRUPT_FILE, "%s cannot be unpacked", name);
	/* Its own claim, held against the file: no archive is smaller than what it holds packed. */
	uint64_t packed = info.compressed_size < z->bytes.n ? info.compressed_size : z->bytes.n;
	OWNED(buf_free)
	struct buf out = buf_init((size_t)(l->max_unpacked < PART_MAX ? l->max_unpacked : PART_MAX));
	buf_puts(&out, "");
	enum err e = unpack(z->zip, name, packed, l, &out, why);
	if (unzCloseCurrentFile(z->zip) == UNZ_CRCERROR && e == ERR_NONE)
		e = fail(why, ERR_CORRUPT_FILE, "%s does not match its checksum", name);
	TRY(e);
	*ret = buf_take(&out, ret_n);
	return ERR_NONE;
}
