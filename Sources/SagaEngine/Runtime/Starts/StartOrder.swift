internal import Crypto
internal import SagaCore
internal import SagaValues
internal import Workflows

/// A saga to be started, by whomever.
struct StartOrder: Sendable {
    let id: UUID
    let workflow: DeployedWorkflow
    let key: StartKey
    let businessKey: String?
    let trace: TraceContext?
    let locks: [String]
    let input: [UInt8]
    let digest: [UInt8]
    /// Of which saga that has ended it is another run, and who asked for that.
    let rerun: Rerun?

    /// Checks the input, and makes the names of the locks from it.
    init(
        _ workflow: DeployedWorkflow, key: StartKey, businessKey: String?, trace: TraceContext?, input: JSON,
        rerun: Rerun? = nil
    ) throws(EngineError) {
        let violations = workflow.workflow.validate(input: input)
        guard violations.isEmpty else { throw .invalidInput(violations) }
        do throws(UnresolvedReference) {
            locks = try workflow.plan.lockKeys(input: input)
        } catch {
            throw .unusableLock(error)
        }
        id = UUID.v7()
        self.workflow = workflow
        self.key = key
        self.businessKey = businessKey
        self.trace = trace
        self.input = input.bytes
        digest = Array(SHA256.hash(data: self.input))
        self.rerun = rerun
    }
}

/// A start that an event asks for.
struct EventDrivenStart: Sendable {
    let order: StartOrder
    /// Of the event.
    let delivery: Delivery
}

extension DeployedWorkflow {
    /// The starts that an event asks for, as far as they can be made.
    ///
    /// - Parameter event: its name and body.
    func starts(by name: String, _ event: JSON, trace: TraceContext?) -> [Result<StartOrder, EventStart.Refusal>] {
        plan.starts.filter { $0.event == name }.compactMap { start in
            do throws(EventStart.Refusal) {
                guard let reading = try start.reading(of: event, plan: plan) else { return nil }
                let key = StartKey(
                    tenant: "default", workflow: plan.workflow, idempotencyKey: "event:\(reading.key)")
                do throws(EngineError) {
                    return .success(
                        try StartOrder(self, key: key, businessKey: reading.key, trace: trace, input: reading.input))
                } catch {
                    throw EventStart.Refusal(message: error.startRefusal)
                }
            } catch {
                return .failure(error)
            }
        }
    }
}
