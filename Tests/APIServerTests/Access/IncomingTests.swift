import HTTPTypes
import Hummingbird
import NIOCore
import SagaAPI
import SagaEngine
import TestAPI
import Testing

@testable import APIServer

@Suite("What comes in") struct IncomingTests {
    @Test("as many and as long as they may be are taken; more is refused before anything is done")
    func limits() async throws {
        try await TestAPI.run { api in
            func expect(_ expected: Int, _ headers: [(String, String)]) async throws {
                let headers = Dictionary(uniqueKeysWithValues: headers)
                let answer = try await api.send("GET", "/v1/whoami", headers: headers, isDocumented: expected == 200)
                let status = answer.status
                #expect(status == expected, "\(headers.count) headers")
            }
            func long(_ count: Int) -> String { String(repeating: "x", count: count) }
            try await expect(200, [("X-Long", long(15 << 10))])
            try await expect(400, [("X-Long", long(17 << 10))])
            try await expect(200, (0..<80).map { ("X-\($0)", "x") })
            try await expect(400, (0..<110).map { ("X-\($0)", "x") })
            try await expect(400, (0..<3).map { ("X-\($0)", long(12 << 10)) })
            // The next one is answered.
            try await expect(200, [])
        }
    }

    @Test("a body that does not come to its end is given up, though a byte comes now and then")
    func slowBody() async throws {
        let (bytes, body) = AsyncStream.makeStream(of: ByteBuffer.self)
        body.yield(ByteBuffer(string: "{"))
        let head = HTTPRequest(method: .post, scheme: "http", authority: "x", path: "/v1/sagas")
        let request = Request(head: head, body: RequestBody(asyncSequence: bytes))
        await #expect {
            _ = try await request.bytes(within: .milliseconds(20))
        } throws: {
            ($0 as? Problem)?.code == "SAGA-0218"
        }
        #expect(Problem.tooSlow.response.headers[.connection] == "close")
    }

    @Test("a route that is in no table is for nobody")
    func unlisted() {
        let table = RouteTable()
        #expect(table.access(.get, "/v1/new") == .nobody)
        table.set(
            Routes.Entry(
                method: "GET", path: "/v1/new/{id}", access: .needs(.seeSagas), operation: .getSaga,
                answer: SagaDetail.self))
        #expect(table.access(.get, "/v1/new/{id}") == .needs(.seeSagas))
        #expect(table.access(.post, "/v1/new/{id}") == .nobody)
    }
}
