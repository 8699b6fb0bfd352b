import SagaEngine
import SagaValues
import Testing

extension StoreContract {
    static let workflows: [StoreCheck] = [
        StoreCheck("a workflow version is deployed once; again with the same content it is the same version") {
            fixture in
            let (one, other) = (try await fixture.makeStore(), try await fixture.makeStore())
            let first = try await one.deploy(workflow: "w", version: 3, digest: "d", source: "name: é\n")
            #expect(try await other.deploy(workflow: "w", version: 3, digest: "d", source: "name: é\n") == first)
            #expect(first.workflow == "w" && first.version == 3 && first.digest == "d" && first.source == "name: é\n")
            #expect(try await other.workflows(ids: [first.id]) == [first])
        },
        StoreCheck("a version that exists with another content is a conflict, and stays as it is") { fixture in
            let store = try await fixture.makeStore()
            let first = try await store.deploy(workflow: "w", version: 1, digest: "d", source: "a")
            let code = await failure {
                _ = try await store.deploy(workflow: "w", version: 1, digest: "e", source: "b")
            }
            #expect(code == .versionConflict)
            #expect(try await store.workflows(ids: nil) == [first])
        },
        StoreCheck("of two nodes that deploy a version at once with other contents, one does") { fixture in
            let (one, other) = (try await fixture.makeStore(), try await fixture.makeStore())
            for round in 1...10 {
                async let first = failure {
                    _ = try await one.deploy(workflow: "w", version: round, digest: "a", source: "a")
                }
                async let second = failure {
                    _ = try await other.deploy(workflow: "w", version: round, digest: "b", source: "b")
                }
                #expect(await Set([first, second]) == [nil, .versionConflict])
            }
        },
        StoreCheck("versions are listed in the order of their ids, all or those asked for") { fixture in
            let store = try await fixture.makeStore()
            var records: [WorkflowRecord] = []
            for version in [1, 2, 3] {
                records.append(
                    try await store.deploy(workflow: "w", version: version, digest: "\(version)", source: ""))
            }
            #expect(try await store.workflows(ids: nil) == records)
            #expect(try await store.workflows(ids: [records[2].id, records[0].id, 999]) == [records[0], records[2]])
            #expect(try await store.workflows(ids: []).isEmpty)
        },
    ]
}
