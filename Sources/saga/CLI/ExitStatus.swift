/// How commands end: what docs/CLI.md and the manual pages say.
public enum ExitStatus: Int32, CaseIterable, Sendable {
    case done = 0
    case refused = 1
    case unreachable = 2
    case endedOtherwise = 3
    case stillOpen = 4
    case someUnchanged = 5
    case usage = 64

    public var meaning: String {
        switch self {
        case .done: "it did what was asked; with start --wait and watch: the saga completed"
        case .refused:
            "the server refused (the message ends in a code), somebody who was asked did not say yes, or nobody could be asked, or the program could not start or failed"
        case .unreachable:
            "the server could not be asked, or what answered is none: no answer, a wrong address, no token, a profile that cannot be used"
        case .endedOtherwise: "start --wait, watch: the saga ended, but not completed"
        case .stillOpen: "start --wait: the saga is still open when the time is over; watch: when --for is over"
        case .someUnchanged:
            "a verb for many sagas, job --wait: the job has ended, and some of its sagas refused, failed, or were left alone"
        case .usage:
            "the command line is wrong: an unknown option, no JSON, no saga's id, a file that cannot be read. Nothing was sent"
        }
    }
}
