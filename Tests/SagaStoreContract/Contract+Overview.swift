import SagaCore
import SagaEngine
import SagaValues
import Testing

extension StoreContract {
    static let overview: [StoreCheck] = [
        StoreCheck("an overview counts what is open and what began and ended lately, of one tenant or of all") {
            fixture in
            var author = try await Author(fixture)
            let now = Timestamp.wholeNow
            let old = author.sample(tenant: "t", at: now - .seconds(3_600))
            let (queued, stuck, ended, late) = (
                author.sample(locks: ["k"]), author.sample(tenant: "t"), author.sample(),
                author.sample(at: now - .seconds(3_000))
            )
            let link = ParentLink(saga: old.id, step: "s", item: 0, round: 1, body: nil, depth: 1)
            try await author.start(old, stuck, ended, late, author.sample(tenant: "t", parent: link))
            try await author.start(queued, queued: true)
            try await author.commit { $0.update(stuck, from: 1, status: .compensating, hasIncident: true) }
            try await author.end(ended, from: 1)
            try await author.end(late, from: 1)

            let all = try await author.store.overview(tenant: nil, oldest: 2)
            let work = try #require(all.workflows.first)
            #expect(all.workflows.count == 1 && work.workflow == "buy")
            #expect(work.open == [.running: 1, .compensating: 1, .queued: 1] && work.withIncident == 1)
            #expect(work.started == 3 && work.ended == [.completed: 2])
            #expect(all.oldest.map(\.id) == [old.id, [queued.id, stuck.id].min()])
            #expect(abs((all.at - now).wholeMicroseconds) < 600_000_000)
            let own = try await author.store.overview(tenant: "t", oldest: 9)
            #expect(own.workflows[of: "buy"].open == [.running: 1, .compensating: 1])
            #expect(own.workflows[of: "buy"].started == 1 && own.workflows[of: "buy"].ended.isEmpty)
            #expect(own.oldest.map(\.id) == [old.id, stuck.id])
            #expect(try await author.store.overview(tenant: "nobody", oldest: 9).workflows.isEmpty)
        }
    ]
}
