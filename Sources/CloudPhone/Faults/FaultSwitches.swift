internal import Glibc
internal import Logging
internal import ParticipantKit
internal import SagaValues

/// Lets faults strike where the table `fault_switches` says so, around the real handlers.
struct FaultSwitches: ActionInterceptor {
    let service: String
    let table: FaultTable

    private func fault(among kinds: [FaultTable.Kind], _ command: CommandDescription) async -> FaultTable.Fault? {
        await table.strike(
            kinds, service: service, action: command.action, direction: command.id.direction.rawValue,
            marks: ["\(command.id.saga)"] + Self.texts(in: command.input))
    }

    /// Every text in an input, however deep; as many as a command of usual size has.
    static func texts(in json: JSON, atMost limit: Int = 1000) -> [String] {
        var found: [String] = []
        var rest = [json]
        while let next = rest.popLast(), found.count < limit {
            if let text = next.stringValue { found.append(text) }
            rest += next.arrayValue ?? next.objectValue?.map(\.value) ?? []
        }
        return found
    }

    func intercept(_ command: CommandDescription, handler: @Sendable () async throws -> Void) async throws {
        let fault = await fault(among: [.fail, .reject, .delay, .crashBeforeCommit], command)
        switch fault?.kind {
        case .fail: throw TemporaryFailure(fault?.code ?? "", "a fault was switched on for \(command.action)")
        case .reject: throw Rejection(fault?.code ?? "", "a fault was switched on for \(command.action)")
        case .delay, .crashBeforeCommit, .dropReply, .delayAfterCommit, .crashAfterCommit, nil: break
        }
        try await handler()
        // As late as possible: the business change is made, and not committed.
        if fault?.kind == .delay, let delay = fault?.delay { try await Task.sleep(for: delay) }
        if fault?.kind == .crashBeforeCommit { crash() }
    }

    func willReply(_ command: CommandDescription, with type: ReplyType) async -> ReplyDecision {
        let fault = await fault(among: [.dropReply, .delayAfterCommit, .crashAfterCommit], command)
        switch fault?.kind {
        case .dropReply: return .drop
        case .delayAfterCommit: try? await Task.sleep(for: fault?.delay ?? .zero)
        case .crashAfterCommit: crash()
        case .fail, .reject, .delay, .crashBeforeCommit, nil: break
        }
        return .send
    }

    /// As abrupt as it gets: nothing is flushed, closed or told.
    private func crash() -> Never {
        kill(getpid(), SIGKILL)
        while true { pause() }
    }
}
