public import SagaValues

/// Stands around every handler: for measuring, for access checks, for faults on purpose.
///
/// Business code stays free of it. The first in the list is the outermost.
public protocol ActionInterceptor: Sendable {
    /// Around the handler, inside its transaction. What it throws is answered as if the handler had thrown it.
    ///
    /// - Parameter handler: runs the handler; its result is the output. Call it at most once.
    func intercept(
        _ command: CommandDescription, handler: @Sendable () async throws -> Void
    ) async throws

    /// After the commit and before the reply leaves, for stored replies to duplicates too.
    func willReply(_ command: CommandDescription, with type: ReplyType) async -> ReplyDecision
}

extension ActionInterceptor {
    public func intercept(
        _ command: CommandDescription, handler: @Sendable () async throws -> Void
    ) async throws {
        try await handler()
    }

    public func willReply(_ command: CommandDescription, with type: ReplyType) async -> ReplyDecision { .send }
}

/// What is to become of a reply.
public enum ReplyDecision: Sendable, Hashable {
    case send
    /// It is lost: the command is acknowledged all the same, as if the broker had dropped the reply.
    case drop
}

/// A reply's class.
public enum ReplyType: String, Sendable, Hashable, CaseIterable {
    case done, rejected, retry, unknown, working
}

/// A command as interceptors see it.
public struct CommandDescription: Sendable {
    public let participant: String
    /// The action without the participant: `charge`.
    public let action: String
    public let id: CommandID
    public let attempt: Int
    /// The step's input; for an undo the input of what is undone.
    public let input: JSON
}
