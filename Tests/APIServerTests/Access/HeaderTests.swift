import Foundation
import TestAPI
import Testing

@Suite("Headers") struct HeaderTests {
    @Test("as many and as long as they may be are taken; more is refused before anything is done")
    func limits() async throws {
        try await TestAPI.run { api in
            func expect(_ expected: Int, _ headers: [(String, String)]) async throws {
                let headers = Dictionary(uniqueKeysWithValues: headers)
                let status = try await api.get("/v1/whoami", headers: headers).status
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
}
