/* Preloaded into a gateway: its wall clock is off by the seconds in the file SHIFT_FILE. */

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *shift;

__attribute__((constructor)) static void look(void)
{
	const char *path = getenv("SHIFT_FILE");
	int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *seen = file < 0 ? MAP_FAILED : mmap(NULL, sizeof *shift, PROT_READ, MAP_SHARED, file, 0);
	if (seen != MAP_FAILED)
		shift = seen;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
	int status = (int)syscall(SYS_clock_gettime, clock, now);
	if (status == 0 && clock == CLOCK_REALTIME && shift)
		now->tv_sec += *shift;
	return status;
}
