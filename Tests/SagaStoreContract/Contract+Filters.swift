import SagaCore
import SagaEngine
import SagaValues
import Testing

extension StoreContract {
    static let filters: [StoreCheck] = [
        StoreCheck("whatever is filtered by, the pages of a list have just what a look at every saga finds") {
            fixture in
            var stock = try await Stock(fixture, count: 120, seed: 12)
            var found = 0
            for round in 0..<400 {
                let filter = stock.sagaFilter()
                let limit = Int.random(in: 1...9, using: &stock.random)
                var ids: [UUID] = []
                var page: [SagaSummary] = []
                repeat {
                    page = try await stock.author.store.list(filter, after: ids.last, limit: limit)
                    ids += page.map(\.id)
                } while page.count == limit && ids.count <= stock.items.count
                let expected = stock.answer(filter)
                try #require(ids == expected, "round \(round): \(filter)")
                found += expected.isEmpty ? 0 : 1
            }
            #expect(found > 100, "most questions would be answered by an empty list: \(found)")
        },
        StoreCheck("pages neither skip nor repeat a saga that matches throughout, whatever is started and changed") {
            fixture in
            var stock = try await Stock(fixture, count: 90, seed: 13)
            var filter = SagaFilter()
            filter.workflow = "buy"
            filter.withChildren = true
            let before = stock.answer(filter)
            var ids: [UUID] = []
            var page: [SagaSummary] = []
            repeat {
                page = try await stock.author.store.list(filter, after: ids.last, limit: 7)
                ids += page.map(\.id)
                // Some start before, some after the place where the page ended.
                try await stock.add(5, later: Bool.random(using: &stock.random))
            } while page.count == 7 && ids.count <= stock.items.count
            #expect(Set(ids).count == ids.count && ids == ids.sorted(by: >))
            #expect(ids.filter(Set(before).contains) == before)
        },
        StoreCheck("whatever is filtered by, pages of incidents and groups have what a look at every incident finds") {
            fixture in
            var stock = try await Stock(fixture, count: 150, seed: 14)
            var several = 0
            for round in 0..<300 {
                let filter = stock.incidentFilter()
                let limit = Int.random(in: 1...9, using: &stock.random)
                var records: [IncidentRecord] = []
                var page: [IncidentRecord] = []
                repeat {
                    page = try await stock.author.store.incidents(filter, after: records.last?.place, limit: limit)
                    records += page
                } while page.count == limit && records.count <= stock.incidents.count
                let expected = stock.answer(filter)
                try #require(records == expected, "round \(round): \(filter)")

                let groups = try await stock.author.store.incidentGroups(filter, limit: 500)
                for group in groups {
                    let members = expected.filter { $0.belongs(to: group) }
                    #expect(group.count == members.count && group.samples == members.prefix(3).map(\.opening.saga))
                    #expect(group.last == members.first?.opening.at && group.first == members.last?.opening.at)
                }
                #expect(groups.reduce(0) { $0 + $1.count } == expected.count, "round \(round): \(filter)")
                #expect(groups.map(\.count) == groups.map(\.count).sorted(by: >))
                #expect(try await stock.author.store.incidentGroups(filter, limit: 2) == Array(groups.prefix(2)))
                several += groups.contains { $0.count > 1 } ? 1 : 0
            }
            #expect(several > 50)
        },
        StoreCheck("incidents that differ in workflow, step, participant, cause or code are groups of their own") {
            fixture in
            let stock = try await Stock(fixture, count: 150, seed: 15)
            var filter = IncidentFilter()
            filter.state = nil
            let groups = try await stock.author.store.incidentGroups(filter, limit: 500)
            let kinds = Set(
                stock.incidents.map {
                    [
                        $0.workflow, $0.opening.step, $0.opening.participant, $0.opening.cause.rawValue,
                        $0.opening.error?.code,
                    ]
                })
            #expect(groups.count == kinds.count && kinds.count > 20)
        },
        StoreCheck("an incident is assigned to one person at a time, and keeps comments in their order") { fixture in
            let stock = try await Stock(fixture, count: 40, seed: 16)
            let store = stock.author.store
            let record = try #require(stock.incidents.first { $0.resolution == nil })
            func assignee() async throws -> String? {
                let found = try await store.incident(record.name)
                return found?.assignee
            }
            #expect(try await store.incident(record.name) == record)
            for name in ["anna", "ben"] {
                #expect(try await store.assign(record.name, to: name, by: "boss"))
                #expect(try await assignee() == name)
            }
            var filter = IncidentFilter()
            filter.saga = record.opening.saga
            let listed = try await store.incidents(filter, after: nil, limit: 10)
            #expect(listed.filter { $0.assignee == "ben" }.map(\.name) == [record.name])
            for _ in 1...2 {
                #expect(try await store.assign(record.name, to: nil, by: "boss"))
                #expect(try await assignee() == nil)
            }
            for text in ["one", "two", "three"] {
                #expect(try await store.comment(on: record.name, text, by: "anna"))
            }
            let comments = try await store.comments(on: record.name, limit: 2)
            #expect(comments.map(\.text) == ["two", "three"] && comments.map(\.author) == ["anna", "anna"])
            let other = IncidentName(saga: record.opening.saga, openedRevision: 77)
            #expect(try await store.incident(other) == nil)
            #expect(try await !store.assign(other, to: "anna", by: "boss"))
            #expect(try await !store.assign(other, to: nil, by: "boss"))
            #expect(try await !store.comment(on: other, "x", by: "anna"))
            #expect(try await store.comments(on: other, limit: 9).isEmpty)
        },
    ]
}

extension IncidentRecord {
    fileprivate func belongs(to group: IncidentGroup) -> Bool {
        workflow == group.workflow && opening.step == group.step && opening.participant == group.participant
            && opening.cause == group.cause && opening.error?.code == group.errorCode
    }
}
