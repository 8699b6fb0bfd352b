internal import Glibc

/// Why an archive was not written, or what stands in it is not dropped.
struct ArchiveError: Error, CustomStringConvertible {
    let description: String
    /// Somebody else is at it.
    var isBusy = false

    /// The file is not what was written.
    static func damaged(_ path: String, _ why: String) -> ArchiveError {
        ArchiveError("\(path) is not what was written: \(why). Nothing that stands in it was dropped [SAGA-0320]")
    }

    static func file(_ path: String, _ what: String, _ number: Int32) -> ArchiveError {
        ArchiveError("cannot \(what) \(path): \(String(cString: strerror(number))) [SAGA-0321]")
    }

    static func taken(_ path: String) -> ArchiveError {
        ArchiveError("\(path) is there already: name another file, or a folder [SAGA-0321]")
    }

    static let busy = ArchiveError(
        "somebody else is archiving: a node, or another command. Try again later [SAGA-0322]", isBusy: true)

    private init(_ description: String, isBusy: Bool = false) {
        self.description = description
        self.isBusy = isBusy
    }
}
