internal import Foundation
internal import FoundationNetworking

/// Asks an address whether anybody is there.
enum HTTPProbe {
    private static let session: URLSession = {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.timeoutIntervalForRequest = 5
        return URLSession(configuration: configuration)
    }()

    /// The status of the answer, or nil if there is none.
    static func status(of url: URL) async -> Int? {
        guard let (_, response) = try? await session.data(from: url) else { return nil }
        return (response as? HTTPURLResponse)?.statusCode
    }
}
