/* Delays every flush, so that the bench `store` can be run as on a slower disk:
 *
 *     cc -shared -fPIC -O2 -o target/slow_flush.so benches/slow_flush.c -ldl
 *     SLOW_FLUSH_US=800 LD_PRELOAD=$PWD/target/slow_flush.so cargo bench --bench store
 *
 * The bare flushes that the bench compares with are delayed too. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static int flush(const char *name, int file) {
    const char *wait = getenv("SLOW_FLUSH_US");
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    if (wait)
        usleep((useconds_t)atol(wait));
    return real(file);
}

int fsync(int file) { return flush("fsync", file); }
int fdatasync(int file) { return flush("fdatasync", file); }
