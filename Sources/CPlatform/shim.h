#pragma once
#include <malloc.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

// prctl is variadic, which Swift cannot call.
static inline int cplatform_set_dumpable(unsigned long value) { return prctl(PR_SET_DUMPABLE, value, 0, 0, 0); }
// Of the calling thread; the first 15 bytes of `name` (pthread_setname_np asks for _GNU_SOURCE, which Swift does not set).
static inline void cplatform_name_thread(const char *name) { prctl(PR_SET_NAME, (unsigned long)name, 0, 0, 0); }
// Lets the process's other threads go before the calling one: its nice value is `steps` above what it is, and its time
// slice is longer than theirs. On Linux a thread has both for itself (sched(7), sched_setattr(2)).
//
// The slice matters most. Since 6.6 the scheduler (EEVDF) lets a thread that runs finish its slice, whatever its nice
// value, so that one that wakes up on the same processor waits for milliseconds; since 6.12 it is let in at once where
// its own slice is the shorter one. 5 ms is above every default (3 ms at most), and short enough for a thread that is
// stopped inside a lock to be back soon. Kernels before 6.12 pass over the slice.
static inline void cplatform_give_way(int steps) {
    struct {
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime, deadline, period;
    } attributes = {.size = 48, .runtime = 5000000};  // SCHED_OTHER is 0
    const id_t thread = (id_t)syscall(SYS_gettid);
    const int nice = getpriority(PRIO_PROCESS, thread) + steps;
    attributes.nice = nice < 19 ? nice : 19;
    if (syscall(SYS_sched_setattr, thread, &attributes, 0) != 0) setpriority(PRIO_PROCESS, thread, nice);
}
