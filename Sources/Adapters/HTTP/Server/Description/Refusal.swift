internal import SagaValues

/// A problem that a route may answer with: its status and its code, of which the document tells each.
struct Refusal: Sendable, Hashable {
    let status: Int
    /// `SAGA-0201`
    let code: String
    let text: String

    private init(_ status: Int, _ code: String, _ text: String) {
        self.status = status
        self.code = code
        self.text = text
    }

    /// Under which the document has the answer.
    var name: String { "\(status)-\(code)" }

    /// The headers that come with a status, see ``Problem/response``.
    static func headers(_ status: Int) -> JSON? {
        func header(_ name: String, _ description: String, _ schema: JSON) -> JSON {
            [name: ["description": .string(description), "required": true, "schema": schema]]
        }
        return switch status {
        case 401: header("WWW-Authenticate", "How to authenticate.", ["type": "string", "const": "Bearer"])
        case 429, 503:
            header("Retry-After", "Try again after so many seconds.", ["type": "integer", "minimum": 1])
        default: nil
        }
    }
}

extension Refusal {
    static let malformed = Refusal(400, "SAGA-0201", "A body, a header, the path or the query is not understood.")
    static let unauthorized = Refusal(401, "SAGA-0202", "No token, or one that is wrong, expired or revoked.")
    static let forbidden = Refusal(403, "SAGA-0216", "Not allowed; `detail` says which role, tenant or group it takes.")
    static let notFound = Refusal(404, "SAGA-0203", "It is not there, or belongs to another tenant.")
    static let slow = Refusal(
        408, "SAGA-0218", "The body did not arrive within \(Limits.bodyTime.components.seconds) seconds.")
    static let keyConflict = Refusal(
        409, "SAGA-0206", "The idempotency key was used with another input; `saga` says by which saga.")
    static let busy = Refusal(409, "SAGA-0207", "Another saga holds a lock that this one needs.")
    static let illegal = Refusal(
        409, "SAGA-0209", "The saga's state does not allow it; `detail` says what is possible.")
    static let jobStands = Refusal(409, "SAGA-0240", "The job's status does not allow it; `detail` says what does.")
    static let letterEnded = Refusal(409, "SAGA-0260", "The dead letter is no longer open; `detail` says since when.")
    static let letterStays = Refusal(409, "SAGA-0261", "The dead letter stays where it is; `detail` says why.")
    static let versionConflict = Refusal(409, "SAGA-0213", "This version of the workflow exists with another content.")
    static let retiredVersion = Refusal(
        409, "SAGA-0270", "The version is retired: no saga starts with it; `detail` says which one is active.")
    static let activeVersion = Refusal(409, "SAGA-0271", "The version is active, and is not retired.")
    static let archived = Refusal(
        410, "SAGA-0262", "The saga ended long ago and is in the archive; `detail` says where, and `saga` which.")
    static let markTooOld = Refusal(410, "SAGA-0251", "One may go on only where one was a day ago at most.")
    static let moved = Refusal(
        412, "SAGA-0208", "The saga is not at the revision of `If-Match`; `revision` says where it is.")
    static let tooLarge = Refusal(
        413, "SAGA-0214", "A body has \(Limits.body) bytes at most, an input \(Limits.input).")
    static let longTarget = Refusal(414, "SAGA-0214", "A path with its query has \(Limits.target) bytes at most.")
    static let mediaType = Refusal(415, "SAGA-0201", "The body says that it is of a type that is not read here.")
    static let badEnd = Refusal(422, "SAGA-0180", "A saga of this workflow can come to a bad end; `detail` tells how.")
    static let invalidInput = Refusal(
        422, "SAGA-0204", "The input does not fit the workflow; `findings` says where and why.")
    static let invalidWorkflow = Refusal(422, "SAGA-0205", "The definition has errors; `findings` says where and why.")
    static let tooMuch = Refusal(
        422, "SAGA-0230", "It would have to read too much; `detail` says which filter would help.")
    static let tooManySagas = Refusal(422, "SAGA-0241", "The filter admits more sagas than a job may have.")
    static let throttled = Refusal(
        429, "SAGA-0217", "Too many requests of this credential, or tokens of this address that nobody knows.")
    static let tooManyStreams = Refusal(
        429, "SAGA-0250", "This node serves as many streams as it may, or as many of this credential.")
    static let fault = Refusal(500, "SAGA-0212", "A fault in the server.")
    static let overloaded = Refusal(503, "SAGA-0210", "More starts wait than the node takes; nothing was started.")
    static let unavailable = Refusal(503, "SAGA-0211", "Not available; what became of the request is not known.")
}
