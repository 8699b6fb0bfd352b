internal import Foundation
internal import Glibc

/// One process for certain: its pid together with the moment it was born.
///
/// A pid alone is used again by the system sooner or later; the pair is not. Whatever sends signals on
/// the word of a file or of an earlier look compares both.
struct ProcessIdentity: Sendable, Hashable {
    let pid: pid_t
    /// Clock ticks after the boot of the machine, as in field 22 of `/proc/PID/stat`.
    let birth: UInt64

    init(pid: pid_t, birth: UInt64) {
        self.pid = pid
        self.birth = birth
    }

    /// The process that has this pid now; nil when there is none, or only one that has ended.
    init?(living pid: pid_t) {
        guard let status = ProcessStatus(of: pid), !status.hasEnded else { return nil }
        self.init(pid: pid, birth: status.birth)
    }

    var isAlive: Bool {
        ProcessIdentity(living: pid) == self
    }

    /// Sends a signal, unless the process has gone.
    func signal(_ number: Int32) {
        if isAlive { _ = Glibc.kill(pid, number) }
    }

    /// This process and all that descend from it, parents before children.
    var family: [ProcessIdentity] {
        let all = ProcessStatus.all()
        var members = all.filter { $0.pid == pid && $0.birth == birth }
        var next = 0
        while next < members.count {
            let parent = members[next].pid
            members += all.filter { $0.parent == parent }
            next += 1
        }
        return members.filter { !$0.hasEnded }.map { ProcessIdentity(pid: $0.pid, birth: $0.birth) }
    }

    /// Kills the process and all that descend from it, at once and for certain.
    ///
    /// The head of the family is stopped first, so that it cannot fork while its children are counted.
    /// - Returns: those that were killed.
    func killFamily() -> [ProcessIdentity] {
        signal(SIGSTOP)
        let members = family
        for member in members { member.signal(SIGKILL) }
        return members
    }
}

/// What `/proc/PID/stat` says, as far as it is needed here.
struct ProcessStatus: Sendable {
    let pid: pid_t
    let parent: pid_t
    let birth: UInt64
    /// Dead, and waiting to be noticed by its parent.
    let hasEnded: Bool

    init?(of pid: pid_t) {
        // The second field is the name in parentheses, which may itself hold spaces and parentheses.
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .isoLatin1),
            let nameEnd = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: nameEnd)...].split(separator: " ")
        guard fields.count > 19, let parent = pid_t(fields[1]), let birth = UInt64(fields[19]) else { return nil }
        self.pid = pid
        self.parent = parent
        self.birth = birth
        self.hasEnded = fields[0] == "Z" || fields[0] == "X"
    }

    /// Every process of the machine at this moment.
    static func all() -> [ProcessStatus] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.compactMap { ProcessStatus(of: $0) }
    }
}
