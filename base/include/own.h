/* own.h: one idea of lifetime.
 *
 * Three owners only: the block (OWNED), the arena of this request or job, or a struct that
 * outlives both. A destructor takes the address of the pointer, accepts NULL there and leaves NULL
 * behind; that is the signature the cleanup attribute calls, so one function serves both uses.
 *
 *	OWNED(arena_destroy) struct arena *mem = arena_create("job", 64 * MIB);
 *	*ret = TAKE(mem);	// hands ownership on; the block will find NULL
 */
#ifndef DOCKET_OWN_H
#define DOCKET_OWN_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* `unused`: to be let go is use enough. */
#define OWNED(release) __attribute__((cleanup(release), unused))
#define TAKE(p)                                          \
	({                                               \
		__typeof__(&(p)) take_p_ = &(p);         \
		__typeof__(*take_p_) take_v_ = *take_p_; \
		*take_p_ = NULL;                         \
		take_v_;                                 \
	})
#define TAKE_FD(fd)                                       \
	({                                                \
		int *take_p_ = &(fd), take_v_ = *take_p_; \
		*take_p_ = -1;                            \
		take_v_;                                  \
	})

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define KIB          ((size_t)1024)
#define MIB          ((size_t)1024 * 1024)
#define GIB          ((size_t)1024 * 1024 * 1024)

/* OWNED(fd_close) int fd = -1; */
static inline void
fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* OWNED(mem_free) char *s = NULL; malloc's memory, of any pointer type */
static inline void
mem_free(void *p)
{
	void **pp = p;
	free(*pp);
	*pp = NULL;
}

static inline void
file_close(FILE **f)
{
	if (*f)
		fclose(*f);
	*f = NULL;
}

#endif
