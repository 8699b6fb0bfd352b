#ifndef CSPAWN_H
#define CSPAWN_H

#include <spawn.h>

/// What glibc shows only to those who ask for GNU extensions, which Swift's Glibc module does not.

/// Every descriptor from `lowest` up is closed in the child.
int cspawn_close_from(posix_spawn_file_actions_t *actions, int lowest);

/// The child changes to this folder.
int cspawn_change_directory(posix_spawn_file_actions_t *actions, const char *path);

/// The flag that gives the child a session of its own.
int cspawn_new_session_flag(void);

/// A pipe whose ends no child inherits: [0] reads, [1] writes. -1 with errno on failure.
int cspawn_pipe(int ends[2]);

#endif
