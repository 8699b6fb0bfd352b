public import SagaValues

/// One line of the audit: who asked for what, why, and what came of it. Written once, and never changed.
public struct AuditRecord: Sendable, Hashable {
    /// Who asked, as far as that was found out.
    public struct Author: Sendable, Hashable {
        public let subject: String
        /// What proved it: the id of a token or of a key, never what is secret of it.
        public let credential: String
        public let role: String
        /// Where the request came from.
        public let address: String?

        public init(_ requester: Requester) {
            self.init(
                subject: requester.subject, credential: requester.credential, role: requester.role.rawValue,
                address: requester.address)
        }

        public init(subject: String, credential: String, role: String, address: String?) {
            self.subject = AuditRecord.bounded(subject, 200)
            self.credential = AuditRecord.bounded(credential, 200)
            self.role = AuditRecord.bounded(role, 200)
            self.address = address.map { AuditRecord.bounded($0, 200) }
        }
    }

    public enum Outcome: String, Sendable, Hashable, CaseIterable {
        case done
        case refused
    }

    /// By the store's clock.
    public let at: Timestamp
    public let author: Author
    /// `retry`, `resolve`, `deploy`, `token-create`: what was asked for.
    public let verb: String
    public let outcome: Outcome
    /// Whose the saga is; nil of what concerns all tenants.
    public let tenant: String?
    public let saga: UUID?
    public let workflow: String?
    public let step: String?
    public let reason: String
    /// What was before and after, as people may see it: UTF-8 JSON, an object.
    public let detail: [UInt8]

    /// - Parameter detail: without what nobody may see; more than 64 KiB of it is left out, and said to be.
    public init(
        at: Timestamp, author: Author, verb: String, outcome: Outcome, tenant: String?, saga: UUID? = nil,
        workflow: String? = nil, step: String? = nil, reason: String, detail: JSON = [:]
    ) {
        self.at = at
        self.author = author
        self.verb = AuditRecord.bounded(verb, 200)
        self.outcome = outcome
        self.tenant = tenant
        self.saga = saga
        self.workflow = workflow.map { AuditRecord.bounded($0, 200) }
        self.step = step.map { AuditRecord.bounded($0, 200) }
        self.reason = AuditRecord.bounded(reason, 1_000)
        let bytes = detail.bytes
        self.detail =
            bytes.count <= AuditRecord.detailLimit
            ? bytes : JSON.object(["leftOut": .string("\(bytes.count) bytes, more than are kept")]).bytes
    }

    private static let detailLimit = 64 << 10

    /// NUL cannot be stored.
    static func bounded(_ text: String, _ limit: Int) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.lazy.filter { $0 != "\0" }.prefix(limit)))
    }
}

/// A line of the audit as it is stored.
public struct StoredAuditRecord: Sendable, Hashable {
    /// Counts up, with gaps; later lines have higher ones.
    public let number: Int64
    public let record: AuditRecord

    public init(number: Int64, record: AuditRecord) {
        self.number = number
        self.record = record
    }
}

/// Which lines of the audit to give; what is nil does not restrict.
public struct AuditFilter: Sendable, Hashable {
    public var subject: String?
    public var verb: String?
    public var outcome: AuditRecord.Outcome?
    /// Only what is of this tenant: not what concerns all.
    public var tenant: String?
    public var saga: UUID?
    public var workflow: String?
    public var after: Timestamp?
    public var before: Timestamp?
    /// Stands in the reason, in upper or lower case.
    public var text: String?

    public init() {}
}
