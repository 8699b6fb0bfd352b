internal import Logging
internal import RabbitMQ
internal import RabbitMQWire
internal import SagaValues
internal import SagaWire

/// Sees one delivery of a command through: understood, carried out, answered.
struct CommandDesk: Sendable {
    let participant: String
    let runner: CommandRunner
    let line: Line
    let suspects: Suspects
    let tally: Tally
    let logger: Logger

    /// Commands of one key are never worked on at the same time: a step and its undo share it.
    static func key(_ delivery: Delivery) -> String {
        let id = delivery.properties.messageID ?? ""
        return String(id.prefix(upTo: id.lastIndex(of: ".") ?? id.endIndex))
    }

    func handle(_ delivery: Delivery) async {
        tally.count(\.received)
        // Before anything of it is looked at: looking may be what makes the process die.
        let begun =
            await attempt("a redelivered message could not be noted") { try await suspects.begin(delivery) } ?? 1
        var ending = Ending.settled
        if begun > suspects.limit {
            bury(delivery, .deliveredTooOften(begun - 1))
        } else {
            ending = await carryOut(delivery)
        }
        await attempt("a redelivered message could not be struck off") { try await suspects.end(delivery) }
        // Not before it is struck off: the next worker would find it noted and count on.
        if ending == .stopped { line.giveBack([delivery.tag]) }
    }

    private enum Ending {
        case settled
        /// It was not finished, and nothing was settled.
        case stopped
    }

    private func carryOut(_ delivery: Delivery) async -> Ending {
        let wire = delivery.wireMessage
        let command: ReceivedCommand
        do throws(WireError) {
            command = try ReceivedCommand(wire, limits: runner.limits)
            guard command.message.participant == participant else {
                throw WireError(.invalidProperty, field: "type", "the command is for another participant")
            }
            if command.message.id.direction == .undo { _ = try UndoBody(command.message.body) }
        } catch {
            return await notUnderstood(delivery, wire, error)
        }
        return await settle(delivery, command, await runner.answer(command, mayBeDone: delivery.cameBefore))
    }

    /// A body that is too large is refused, since the sender can be told; the rest is for a person.
    private func notUnderstood(_ delivery: Delivery, _ wire: WireMessage, _ error: WireError) async -> Ending {
        guard error.code == .bodyTooLarge, let command = try? ReceivedCommand(withoutBodyOf: wire),
            command.message.id.direction == .do, command.message.participant == participant
        else {
            bury(delivery, DeadReason(error))
            return .settled
        }
        let refusal = ReplyError(code: KitCode.payloadTooLarge, message: error.message)
        let answer = await runner.answer(command, mayBeDone: delivery.cameBefore, refusal: refusal)
        return await settle(delivery, command, answer)
    }

    private func settle(
        _ delivery: Delivery, _ command: ReceivedCommand, _ answer: CommandRunner.Answer
    ) async -> Ending {
        switch answer {
        case .abandoned:
            return .stopped
        case .reply(let outcome):
            let description = command.description(participant, input: command.stepInput)
            for interceptor in runner.interceptors {
                let decision = await interceptor.willReply(description, with: ReplyType(outcome))
                // Cancelled in the meantime: the next delivery is answered from the barrier.
                if Task.isCancelled { return .stopped }
                if decision == .drop {
                    tally.count(\.repliesDropped)
                    line.acknowledge([delivery.tag])
                    return .settled
                }
            }
            tally.count(outcome)
            do throws(WireError) {
                let message = command.reply(outcome, from: participant)
                let wire = try message.wireMessage(to: command.message.replyTo, limits: runner.replyLimits)
                line.replies.send(wire.outgoing, answering: delivery)
            } catch {
                bury(delivery, DeadReason(error))
            }
            return .settled
        }
    }

    private func bury(_ delivery: Delivery, _ reason: DeadReason) {
        tally.count(\.deadLettered)
        line.replies.bury(delivery, because: reason)
    }

    @discardableResult
    private func attempt<Result>(_ complaint: String, _ body: () async throws -> Result) async -> Result? {
        do {
            return try await body()
        } catch {
            logger.warning("\(complaint)", metadata: ["error": "\(error)"])
            return nil
        }
    }
}

extension ReplyType {
    init(_ outcome: ReplyMessage.Outcome) {
        switch outcome {
        case .done: self = .done
        case .rejected: self = .rejected
        case .retry: self = .retry
        case .unknown: self = .unknown
        case .working: self = .working
        }
    }
}

extension ReceivedCommand {
    func reply(_ outcome: ReplyMessage.Outcome, from participant: String) -> ReplyMessage {
        ReplyMessage(
            command: message.id, messageID: UUID.v7().description, attempt: message.attempt, outcome: outcome,
            trace: message.trace, appID: participant, timestamp: Timestamp.now().microseconds / 1_000_000)
    }
}
