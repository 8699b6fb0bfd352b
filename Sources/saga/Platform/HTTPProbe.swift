internal import Foundation
internal import FoundationNetworking
internal import SagaValues

/// Asks an address whether anybody is there.
enum HTTPProbe {
    private static let session: URLSession = {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.timeoutIntervalForRequest = 5
        return URLSession(configuration: configuration)
    }()

    /// The status of the answer, or nil if there is none.
    static func status(of url: URL, token: Secret? = nil) async -> Int? {
        var request = URLRequest(url: url)
        if let token { request.setValue("Bearer \(token.reveal())", forHTTPHeaderField: "Authorization") }
        guard let (_, response) = try? await session.data(for: request) else { return nil }
        return (response as? HTTPURLResponse)?.statusCode
    }
}
