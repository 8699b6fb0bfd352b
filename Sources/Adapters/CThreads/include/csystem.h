// What Glibc's Swift module does not show of Linux: event descriptors and thread names.
#pragma once

#include <stdint.h>

/// Returns a non-blocking, close-on-exec event descriptor, or -1 with errno set.
int csystem_eventfd(void);

/// Wakes whoever polls `fd`. Safe from any thread.
void csystem_eventfd_signal(int fd);

/// Takes back all pending signals of `fd`.
void csystem_eventfd_drain(int fd);

/// Names the calling thread for `ps`, `top` and debuggers. At most 15 bytes are kept.
void csystem_name_thread(const char *name);
