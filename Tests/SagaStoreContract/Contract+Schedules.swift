import SagaEngine
import SagaValues
import Testing

extension StoreContract {
    static let schedules: [StoreCheck] = [
        StoreCheck("a schedule that is asked about for the first time has been seen to up to now, and stays so") {
            fixture in
            let author = try await Author(fixture)
            let before = try await author.store.ping()
            let first = try await author.store.schedules(of: ["report", "clean"])
            let after = try await author.store.ping()
            #expect(Set(first.marks.keys) == ["report", "clean"])
            for mark in first.marks.values { #expect(before <= mark && mark <= after) }
            #expect(before <= first.now && first.now <= after)
            #expect(try await author.store.schedules(of: ["clean", "report"]).marks == first.marks)
            let more = try await author.store.schedules(of: ["clean", "clean", "new"])
            #expect(Set(more.marks.keys) == ["clean", "new"] && more.marks["clean"] == first.marks["clean"])
            #expect(try await author.store.schedules(of: []).marks.isEmpty)
        },
        StoreCheck("a schedule's mark moves forward, never back, and no other's with it") { fixture in
            let author = try await Author(fixture)
            let marks = try await author.store.schedules(of: ["report", "clean"]).marks
            let report = try #require(marks["report"])
            try await author.store.advanceSchedule(of: "report", to: report + .microseconds(1))
            try await author.store.advanceSchedule(of: "report", to: report - .seconds(60))
            try await author.store.advanceSchedule(of: "report", to: report)
            let moved = try await author.store.schedules(of: ["report", "clean"]).marks
            #expect(moved == ["report": report + .microseconds(1), "clean": try #require(marks["clean"])])
            let far = report + .seconds(400 * 86_400)
            try await author.store.advanceSchedule(of: "report", to: far)
            #expect(try await author.store.schedules(of: ["report"]).marks == ["report": far])
        },
        StoreCheck("a mark that is set for a schedule nobody asked about is there; names are told apart by their bytes")
        {
            fixture in
            let author = try await Author(fixture)
            let time = Timestamp.wholeNow - .seconds(3600)
            try await author.store.advanceSchedule(of: "report", to: time)
            let found = try await author.store.schedules(of: ["report", "Report"]).marks
            #expect(found.count == 2)
            #expect(try #require(found["report"]) == time)
            #expect(try #require(found["Report"]) > time)
        },
        StoreCheck("other nodes see a mark, and how many versions are deployed") { fixture in
            let author = try await Author(fixture)
            let other = try await Author(fixture, named: "other")
            let first = try await author.store.schedules(of: ["report"])
            let mark = try #require(first.marks["report"]) + .seconds(1)
            try await author.store.advanceSchedule(of: "report", to: mark)
            _ = try await author.store.deploy(workflow: "buy", version: 2, digest: "d2", source: "workflow: buy")
            let seen = try await other.store.schedules(of: ["report"])
            #expect(seen.marks == ["report": mark])
            #expect(first.catalogRevision == 1 && seen.catalogRevision == 2)
        },
        StoreCheck("a schedule that several nodes ask about at once gets one mark") { fixture in
            var stores: [any SagaStore] = []
            for _ in 0..<4 { stores.append(try await Author(fixture).store) }
            let marks = try await withThrowingTaskGroup(of: Timestamp?.self) { group in
                for store in stores {
                    group.addTask { try await store.schedules(of: ["a", "report"]).marks["report"] }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(marks.count == 1 && !marks.contains(nil))
        },
    ]
}
