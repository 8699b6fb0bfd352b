internal import Foundation
internal import FoundationNetworking
internal import SagaAPI
public import SagaValues

/// Speaks to a server's API.
public struct Client: Sendable {
    public let url: String
    let token: Secret
    /// That of commands which take a tenant and are given none.
    private let initialTenant: String?
    /// Who is asked before anything is changed.
    private let protection: Protection?

    public init(url: String, token: Secret) {
        self.init(url: url, token: token, tenant: nil, protection: nil)
    }

    init(url: String, token: Secret, tenant: String?, protection: Protection?) {
        (self.url, self.token, self.initialTenant, self.protection) = (url, token, tenant, protection)
    }

    /// The tenant that a command is about: the one that it names, all for `*`, or that of the profile.
    func tenant(_ named: String?) -> String? { named == "*" ? nil : named ?? initialTenant }

    /// Whether whoever asks will be asked by name, so that nobody else need ask.
    var isProtected: Bool { protection != nil }

    enum Method: String { case get = "GET", post = "POST" }

    /// One request; throws ``Problem`` for what the server refuses and ``ClientError`` if it cannot be asked.
    ///
    /// - Parameter isRehearsal: whether nothing is changed, though it is no GET: so nobody need be asked.
    func send<Answer: Decodable>(
        _ method: Method, _ path: String, query: [(String, String?)] = [], headers: [String: String] = [:],
        body: [UInt8]? = nil, patience: Duration = .seconds(30), isRehearsal: Bool = false,
        as type: Answer.Type = Answer.self
    ) async throws -> Answer {
        if method != .get, !isRehearsal { try protection?.demand() }
        let (status, bytes) = try await exchange(method, path, query, headers, body, patience)
        let json: JSON
        do {
            json = try JSON(parsing: bytes, limits: JSON.Limits(bytes: 64 << 20, depth: 128))
        } catch {
            throw ClientError.strange(url, status)
        }
        guard (200..<300).contains(status) else {
            guard let problem = try? JSONValueDecoder.decode(Problem.self, from: json) else {
                throw ClientError.strange(url, status)
            }
            throw problem
        }
        guard let answer = try? JSONValueDecoder.decode(type, from: json) else {
            throw ClientError.strange(url, status)
        }
        return answer
    }

    private func exchange(
        _ method: Method, _ path: String, _ query: [(String, String?)], _ headers: [String: String], _ body: [UInt8]?,
        _ patience: Duration
    ) async throws -> (Int, [UInt8]) {
        var request = try request(method, path, query: query, patience: Double(patience.components.seconds))
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        request.httpBody = body.map { Data($0) }
        do {
            return try await Exchange.send(request)
        } catch let error as URLError {
            throw ClientError.unreachable(url, error.localizedDescription)
        }
    }

    /// - Parameter patience: in seconds, for as long as nothing comes.
    func request(
        _ method: Method, _ path: String, query: [(String, String?)], patience: Double
    ) throws(ClientError) -> URLRequest {
        guard var components = URLComponents(string: url), components.scheme != nil, components.host != nil else {
            throw ClientError.badURL(url)
        }
        components.path += path
        let items = query.compactMap { name, value in value.map { URLQueryItem(name: name, value: $0) } }
        if !items.isEmpty { components.queryItems = items }
        guard let address = components.url else { throw ClientError.badURL(url) }
        var request = URLRequest(url: address, timeoutInterval: patience)
        request.httpMethod = method.rawValue
        request.setValue("Bearer \(token.reveal())", forHTTPHeaderField: "Authorization")
        return request
    }
}

/// A server that could not be asked. What it is and how to mend it, with a stable code.
public enum ClientError: Error, CustomStringConvertible {
    case unreachable(String, String)
    case badURL(String)
    case strange(String, Int)
    case noToken

    public var description: String {
        switch self {
        case .unreachable(let url, let why):
            "no server answers at \(url): \(why). Start one with \"saga dev\", or name another with --url [SAGA-0220]"
        case .badURL(let url):
            "\"\(url)\" is no address of a server; it should look like http://127.0.0.1:7070 [SAGA-0221]"
        case .strange(let url, let status):
            "what answers at \(url) is no saga server (status \(status)); name the server with --url [SAGA-0222]"
        case .noToken:
            "no token: pass --token, set SAGA_TOKEN, name a server with \"saga profile set\", or run this in the folder "
                + "where \"saga dev\" runs [SAGA-0223]"
        }
    }
}
