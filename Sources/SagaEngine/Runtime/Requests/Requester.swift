internal import SagaValues

/// Who asks, and for whom: what a credential was found to stand for.
public struct Requester: Sendable, Hashable {
    /// As the history and the log name them.
    public let subject: String
    /// What proved it: the id of a token, or `jwt:` and the id of the key that signed.
    public let credential: String
    public let role: Role
    /// Whose sagas they deal with; nil for those of all tenants.
    public let tenant: String?
    /// The names that approvals of workflows ask for.
    public let groups: Set<String>
    /// Where the request came from, as far as the connection tells.
    public let address: String?

    /// What each may do stands in ``Permission/roles``.
    public enum Role: String, Sendable, Hashable, CaseIterable {
        case viewer
        case `operator`
        case admin
        /// A program that starts sagas.
        case service
    }

    public init(
        subject: String, credential: String, role: Role, tenant: String? = nil, groups: Set<String> = [],
        address: String? = nil
    ) {
        self.subject = subject
        self.credential = credential
        self.role = role
        self.tenant = tenant
        self.groups = groups
        self.address = address
    }

    /// Whether what belongs to a tenant is there for them at all.
    public func sees(tenant other: String) -> Bool {
        tenant.map { $0.hasSameBytes(as: other) } ?? true
    }

    public func may(_ permission: Permission) -> Bool {
        permission.roles.contains(role) && (tenant == nil || !permission.isForAllTenants)
    }

    /// - Throws: `forbidden`, which says who may.
    public func demand(_ permission: Permission) throws(EngineError) {
        guard !may(permission) else { return }
        guard permission.roles.contains(role) else {
            let roles = Role.allCases.filter(permission.roles.contains).map(\.rawValue).joined(separator: " or ")
            throw .forbidden("\(subject) has the role \(role.rawValue); \(permission.deed) takes the role \(roles)")
        }
        throw .forbidden("\(subject) is bound to one tenant, and \(permission.deed) concerns all of them")
    }

    /// Gives or refuses a consent that a workflow asks of a role: its members may, and admins.
    public func demand(consentOf group: String) throws(EngineError) {
        guard role != .admin, !groups.contains(where: { $0.hasSameBytes(as: group) }) else { return }
        throw .forbidden("\(subject) is not in the group \(group), whose consent the step waits for")
    }
}
