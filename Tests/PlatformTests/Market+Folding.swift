import LocalPlatform
import PostgresStore
import SagaCore
import SagaEngine
import Testing
import Workflows

extension Market {
    /// Folds every saga's history again, and expects what is stored: the history is the truth, the row its copy.
    func expectHistoriesToFold() async throws {
        let store = PostgresStore(platform.database(LocalPlatform.Database.saga), readers: 4)
        var versions: [Int32: (name: String, number: Int)] = [:]
        var plans: [String: [Int: Plan]] = [:]
        for record in try await store.workflows(ids: nil) {
            versions[record.id] = (record.workflow, record.version)
            plans[record.workflow, default: [:]][record.version] = try Workflow.compile(record.source).plan
        }
        var folded = 0
        var last: SagaSummary?
        repeat {
            let page = try await store.list(SagaFilter(), after: last?.id, limit: 500)
            try await withThrowingTaskGroup(of: String?.self) { group in
                for summary in page {
                    let (name, number) = try #require(versions[summary.origin.workflowID])
                    let known = try #require(plans[name])
                    let plan = try #require(known[number])
                    group.addTask {
                        let history = try await store.history(summary.id, after: 0, limit: 10_000)
                        let left = history.compactMap { row in
                            row.move.map { Saga.Leaving(revision: row.revision, version: $0.from) }
                        }
                        let course = try #require(SagaCore.Course(left, to: plan) { known[$0] })
                        let saga = try Saga(folding: history, id: summary.id, course: course)
                        let isSame = saga.encodedState() == summary.row.state && saga.status == summary.row.status
                        return isSame ? nil : "the history of \(summary.id) folds to another state than is stored"
                    }
                }
                for try await problem in group {
                    folded += 1
                    if let problem { Issue.record("\(problem)") }
                }
            }
            last = page.last
        } while last != nil
        await store.close()
        #expect(folded == buyers)
    }
}
