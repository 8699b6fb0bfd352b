internal import CSpawn
internal import Glibc

/// One `posix_spawn` with everything said that matters.
///
/// The child gets a session of its own (no Ctrl-C, no hang-up of the terminal), default signal handling
/// whatever we ignore ourselves, and no descriptor but its three standard ones.
struct Spawn {
    /// An absolute path.
    var executable: String
    var arguments: [String]
    /// `NAME=value` each; nothing is inherited.
    var environment: [String]
    var directory: String?
    var input: Int32
    /// Standard output and error; nil is nowhere.
    var output: Int32?

    /// - Returns: the pid.
    func start() throws(LocalServerError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // Copies above 2: what becomes 0, 1 or 2 must not be one of them already.
        let input = fcntl(input, F_DUPFD_CLOEXEC, 3)
        defer { close(input) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        let output = output.map { fcntl($0, F_DUPFD_CLOEXEC, 3) }
        defer { if let output { close(output) } }
        for standard: Int32 in [1, 2] {
            if let output {
                posix_spawn_file_actions_adddup2(&actions, output, standard)
            } else {
                posix_spawn_file_actions_addopen(&actions, standard, "/dev/null", O_WRONLY, 0)
            }
        }
        cspawn_close_from(&actions, 3)
        if let directory { cspawn_change_directory(&actions, directory) }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        let flags = Int32(POSIX_SPAWN_SETSIGDEF) | Int32(POSIX_SPAWN_SETSIGMASK) | cspawn_new_session_flag()
        posix_spawnattr_setflags(&attributes, Int16(flags))

        let argumentPointers = ([executable] + arguments).map { strdup($0) } + [nil]
        let environmentPointers = environment.map { strdup($0) } + [nil]
        defer { for pointer in argumentPointers + environmentPointers { free(pointer) } }
        var pid: pid_t = 0
        let failure = posix_spawn(&pid, executable, &actions, &attributes, argumentPointers, environmentPointers)
        guard failure == 0 else {
            throw LocalServerError(.spawnFailed, "\(executable) could not be started: \(systemError(failure))")
        }
        return pid
    }
}

/// The words of the system for `errno`.
func lastSystemError() -> String {
    systemError(errno)
}

func systemError(_ number: Int32) -> String {
    String(cString: strerror(number))
}
