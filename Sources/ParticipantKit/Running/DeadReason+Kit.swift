internal import Postgres
internal import RabbitMQWire

extension DeadReason {
    /// It was begun this often and never finished: it may make the process die.
    static func deliveredTooOften(_ times: Int) -> DeadReason {
        DeadReason(code: "delivered-too-often", detail: "it was begun \(times) times and never finished")
    }

    static func replyUnroutable(_ text: String) -> DeadReason {
        DeadReason(code: "reply-unroutable", detail: "no queue takes its reply: \(text)")
    }

    static func eventRefused(_ refusal: Rejection) -> DeadReason {
        DeadReason(code: "event-refused", detail: refusal.description)
    }

    /// Its handler failed this often, in a way that does not pass by itself.
    static func eventFailed(_ times: Int, _ error: any Error) -> DeadReason {
        let what = (error as? PostgresError)?.description ?? "\(type(of: error))"
        return DeadReason(code: "event-failed", detail: "its handler failed \(times) times: \(what)")
    }
}
