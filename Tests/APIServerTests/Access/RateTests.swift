import SagaEngine
import SagaValues
import TestAPI
import Testing

@testable import APIServer

@Suite("How much may be asked") struct RateTests {
    @Test("a bucket has its burst, is filled in time up to it, and says when the next may come")
    func bucket() {
        let limiter = RateLimiter(rate: 10, burst: 3)
        let start = ContinuousClock.now
        func take(_ after: Duration, _ key: String = "a") -> Duration? { limiter.take(key, at: start + after) }
        for _ in 0..<3 { #expect(take(.zero) == nil) }
        #expect(take(.zero) == .milliseconds(100))
        #expect(take(.zero, "b") == nil, "another key has its own")
        #expect(take(.milliseconds(50)) == .milliseconds(50))
        #expect(take(.milliseconds(100)) == nil)
        #expect(take(.milliseconds(100)) != nil)
        for _ in 0..<3 { #expect(take(.seconds(60)) == nil) }
        #expect(take(.seconds(60)) != nil, "no more than the burst is saved up")
        #expect(take(.zero) != nil, "a clock that stands still gives nothing")
    }

    @Test("a rate of nothing is no limit; keys do not grow without bound")
    func bounds() {
        let free = RateLimiter(rate: 0, burst: 1)
        for _ in 0..<1_000 { #expect(free.take("a") == nil) }
        let limiter = RateLimiter(rate: 1, burst: 1, limit: 5)
        for key in 0..<100 { _ = limiter.take("\(key)") }
        #expect(limiter.count <= 5)
    }

    @Test("who asks too much is told so and when to come again; others and the health are not touched")
    func tooMuch() async throws {
        let access = AccessConfiguration(adminToken: Secret(TestAPI.token), rate: 1, burst: 3)
        try await TestAPI.run(access: access) { api in
            let other = try await api.token(.viewer).text
            let start = ContinuousClock.now
            // On a machine that is busy the bucket may fill as fast as one asks: then it is asked again.
            var answers: [HTTPAnswer] = []
            while answers.count < 2_000, !answers.contains(where: { $0.status == 429 }) {
                answers += try await withThrowingTaskGroup(of: HTTPAnswer.self) { tasks in
                    for _ in 0..<20 { tasks.addTask { try await api.get("/v1/whoami") } }
                    return try await tasks.reduce(into: []) { $0.append($1) }
                }
            }
            let taken = answers.count { $0.status == 200 }
            #expect(taken >= 3)
            #expect(Double(taken) <= 3 + (ContinuousClock.now - start) / .seconds(1))
            let refused = answers.filter { $0.status != 200 }
            #expect(!refused.isEmpty)
            for answer in refused {
                try expectProblem(answer, 429, "SAGA-0217")
                #expect(answer.headers["retry-after"] == "1")
            }
            #expect(try await api.send("GET", "/v1/whoami", as: other).status == 200)
            #expect(try await api.get("/health/live", headers: ["Authorization": ""]).status == 200)
        }
    }
}
