#pragma once
#include <malloc.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

// prctl is variadic, which Swift cannot call.
static inline int cplatform_set_dumpable(unsigned long value) { return prctl(PR_SET_DUMPABLE, value, 0, 0, 0); }
// Of the calling thread; the first 15 bytes of `name` (pthread_setname_np asks for _GNU_SOURCE, which Swift does not set).
static inline void cplatform_name_thread(const char *name) { prctl(PR_SET_NAME, (unsigned long)name, 0, 0, 0); }
// Of the calling thread alone, by its id: on Linux a thread has a nice value of its own (sched(7)).
// Five steps below what the process was started with.
static inline void cplatform_lower_thread_priority(void) {
    const id_t thread = (id_t)syscall(SYS_gettid);
    setpriority(PRIO_PROCESS, thread, getpriority(PRIO_PROCESS, thread) + 5);
}
