internal import SagaAPI
internal import SagaCore
internal import SagaEngine
internal import SagaValues

/// Why a stream ends.
enum StreamEnd: Sendable, Hashable {
    case sagaEnded(Saga.Status)
    case tooSlow
    case shutdown
    case credential
    case waited

    fileprivate var view: StreamEndView {
        switch self {
        case .sagaEnded(let status):
            StreamEndView(
                reason: "saga-ended", detail: "the saga has ended, nothing follows", status: status.rawValue)
        case .tooSlow:
            StreamEndView(
                reason: "too-slow",
                detail: "more waited to be read than is kept; go on with Last-Event-ID, and read faster")
        case .shutdown:
            StreamEndView(reason: "shutdown", detail: "this node stops; go on with Last-Event-ID at another one")
        case .credential:
            StreamEndView(
                reason: "credential", detail: "the credential is good no more, or says something else by now")
        case .waited:
            StreamEndView(reason: "waited", detail: "as long as was preferred; go on with Last-Event-ID")
        }
    }
}

/// Events as WHATWG HTML §9.2 has them on the wire. JSON has no line breaks of its own.
enum ServerSentEvents {
    /// - Parameter mark: where one may resume, if that is known already.
    static func opening(_ mark: String?) -> [UInt8] {
        Array(("retry: 2000\n" + (mark.map { "id: \($0)\n" } ?? "") + "\n").utf8)
    }

    /// The reader notes where to resume, and is told nothing.
    static func mark(_ mark: String) -> [UInt8] { Array("id: \(mark)\n\n".utf8) }

    static func beat(_ mark: String?) -> [UInt8] {
        Array((": beat\n" + (mark.map { "id: \($0)\n" } ?? "") + "\n").utf8)
    }

    static func change(_ data: [UInt8], id: String) -> [UInt8] {
        Array("id: \(id)\nevent: change\ndata: ".utf8) + data + [UInt8(ascii: "\n"), UInt8(ascii: "\n")]
    }

    static func end(_ end: StreamEnd) -> [UInt8] {
        // Text, which always encodes.
        let data = (try? JSONValueEncoder.encode(end.view))?.bytes ?? []
        return Array("event: end\ndata: ".utf8) + data + [UInt8(ascii: "\n"), UInt8(ascii: "\n")]
    }
}

extension SagaChange {
    var view: ChangeView {
        ChangeView(
            saga: saga, revision: revision, at: at, kind: kind.rawValue, step: step, item: item,
            direction: direction?.rawValue, attempt: attempt, workflow: workflow, version: version, tenant: tenant,
            businessKey: businessKey, parent: parent, status: status?.rawValue)
    }
}
