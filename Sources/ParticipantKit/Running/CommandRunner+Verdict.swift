internal import Logging
internal import Postgres
internal import SagaValues
internal import SagaWire

extension CommandRunner {
    /// What an error that nothing was committed with means for the sender.
    func verdict(on error: any Error, _ command: ReceivedCommand, _ hearing: Hearing) -> Answer {
        switch error {
        case let failure as TemporaryFailure:
            return .reply(
                .retry(ReplyError(code: failure.code, message: failure.message, retryAfter: failure.retryAfter)))
        case let doubt as OutcomeUnknown:
            return .reply(.unknown(ReplyError(code: doubt.code, message: doubt.message, retryAfter: doubt.retryAfter)))
        case let refusal as Rejection:
            // Only an undo comes here, or a probe: neither can be refused.
            return .reply(.retry(ReplyError(code: refusal.code, message: refusal.message)))
        case is CancellationError:
            return .abandoned
        case let error as PostgresError
        where error.code == .taskCancelled || (error.code == .closed && Task.isCancelled):
            return .abandoned
        case let error as PostgresError where error.isUnavailability:
            log(command, "the database is not to be had", error, .warning)
            return unforeseen(
                ReplyError(code: KitCode.databaseUnavailable, message: "database: \(error.code.rawValue)"), command,
                hearing)
        default:
            log(command, "the handler failed unexpectedly", error, .error)
            let message = "\(command.message.action) failed unexpectedly (\(type(of: error)))"
            return unforeseen(ReplyError(code: KitCode.internalError, message: message), command, hearing)
        }
    }

    /// The answer to a failure of which the handler has not said what it means.
    ///
    /// All that it did in its transaction is rolled back. Whether it did something outside nobody knows: only one that has
    /// a probe does.
    private func unforeseen(_ error: ReplyError, _ command: ReceivedCommand, _ hearing: Hearing) -> Answer {
        let wasAtWork = hearing.isOver && command.message.id.direction == .do
        return .reply(wasAtWork && actions.probe(command) != nil ? .unknown(error) : .retry(error))
    }
}
