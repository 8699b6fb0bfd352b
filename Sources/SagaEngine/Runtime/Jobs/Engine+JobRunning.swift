internal import Logging
internal import SagaCore
internal import SagaValues

/// How jobs are carried out.
///
/// One node does so for all, item by item, as if somebody had asked for each. Who does it, and how often, is a matter of
/// speed alone: what an item came to is written with the change of its saga, and only if it had no outcome.
extension Engine {
    /// Looks for jobs that run. A node that has taken over from another one finds what that has left.
    func watchJobs() async {
        await withDiscardingTaskGroup { jobs in
            while !Task.isCancelled {
                for job in await runningJobs() where parts.jobs.take(job.order.id) {
                    jobs.addTask {
                        await self.carryOut(job.order)
                        self.parts.jobs.settle(job.order.id)
                    }
                }
                await parts.jobs.changed.wait(upTo: parts.configuration.jobPoll)
            }
        }
    }

    private func runningJobs() async -> [SagaJob] {
        guard parts.isLeader else { return [] }
        do throws(StoreError) {
            return try await parts.store.runningJobs(limit: parts.configuration.jobLimit)
        } catch {
            if !Task.isCancelled {
                parts.log.warning("cannot look for jobs that run", metadata: ["error": "\(error)"])
            }
            return []
        }
    }

    /// Until the job does not run any more, or another node is the leader.
    private func carryOut(_ order: JobOrder) async {
        var pace = Pace(rate: order.rate)
        var pause = Backoff()
        while !Task.isCancelled, parts.isLeader {
            do throws(StoreError) {
                // No more than a second's, so that one who pauses or aborts it is heeded soon.
                let items = try await parts.store.pendingItems(of: order.id, limit: order.rate)
                guard !items.isEmpty else { return }
                if await carryOut(items, of: order, &pace) {
                    pause = Backoff()
                } else {
                    await pause.next()
                }
            } catch {
                guard !Task.isCancelled else { return }
                parts.log.warning(
                    "a job cannot go on for now", metadata: ["job": "\(order.id)", "error": "\(error)"])
                await pause.next()
            }
        }
    }

    /// False if none of them came to anything.
    private func carryOut(_ items: [JobItem], of order: JobOrder, _ pace: inout Pace) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            var underWay = 0
            var isAnySettled = false
            for item in items {
                let wait = pace.take(at: .now)
                if wait > .zero { try? await Task.sleep(for: wait) }
                guard !Task.isCancelled, parts.isLeader else { break }
                if underWay == parts.configuration.jobItemsAtOnce {
                    isAnySettled = await group.next() ?? false || isAnySettled
                    underWay -= 1
                }
                group.addTask { await self.carryOut(item, of: order) }
                underWay += 1
            }
            for await isSettled in group { isAnySettled = isSettled || isAnySettled }
            return isAnySettled
        }
    }

    /// False if what the item came to is not known, or it could not be asked for: it is looked at again.
    private func carryOut(_ item: JobItem, of order: JobOrder) async -> Bool {
        let request = OperatorRequest(
            saga: item.saga, verb: order.verb, expectedRevision: nil, reason: order.reason, requester: order.requester,
            item: item.name)
        let refusal: EngineError
        do throws(EngineError) {
            _ = try await attempt(request)
            return true
        } catch {
            refusal = error
        }
        let kind: JobItemOutcome.Kind
        let message: String
        switch refusal {
        case .fault(let what): (kind, message) = (.failed, what)
        case let error:
            guard let why = error.itemRefusal else { return false }
            (kind, message) = (.refused, why)
        }
        do throws(StoreError) {
            return try await parts.store.settle(
                JobItemOutcome(item: item.name, saga: item.saga, kind: kind, revision: nil, message: message),
                audit: try await refusalRecord(of: Asked(request), refusal))
        } catch {
            parts.log.warning(
                "what a saga of a job was refused for cannot be stored, and it is tried again",
                metadata: ["job": "\(order.id)", "saga": "\(item.saga)", "error": "\(error)"])
            return false
        }
    }
}
