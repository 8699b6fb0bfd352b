/// What can be permitted. Every route of the API names one, and some verbs name a further one.
public enum Permission: String, Sendable, CaseIterable {
    case seeOneself
    case startSagas
    case seeSagas
    /// With the audit in it.
    case exportSagas
    case seeIncidents
    case seeJobs
    case seeFailedStarts
    /// What is in them nobody can mask.
    case seeDeadLetters
    case settleDeadLetters
    case seeAudit
    case seeWorkflows
    /// They are counted for all tenants together.
    case seeStatistics
    case operateSagas
    /// A skip that the workflow does not allow.
    case forceSkips
    case abandonSagas
    case deployWorkflows
    /// How it is with them is counted for all tenants together.
    case seeParticipants
    /// Limits and circuit breakers hold for all tenants.
    case governParticipants
    case manageTokens

    /// The table: who may do what. There is no other.
    public var roles: Set<Requester.Role> {
        switch self {
        case .seeOneself: [.viewer, .operator, .admin, .service]
        case .startSagas: [.operator, .admin, .service]
        case .seeSagas: [.viewer, .operator, .admin, .service]
        case .exportSagas: [.operator, .admin]
        case .seeIncidents: [.viewer, .operator, .admin]
        case .seeJobs: [.viewer, .operator, .admin]
        case .seeFailedStarts: [.viewer, .operator, .admin]
        case .seeDeadLetters: [.operator, .admin]
        case .settleDeadLetters: [.operator, .admin]
        case .seeAudit: [.viewer, .operator, .admin]
        case .seeWorkflows: [.viewer, .operator, .admin]
        case .seeStatistics: [.viewer, .operator, .admin]
        case .operateSagas: [.operator, .admin]
        case .forceSkips: [.admin]
        case .abandonSagas: [.admin]
        case .deployWorkflows: [.admin]
        case .seeParticipants: [.viewer, .operator, .admin]
        case .governParticipants: [.operator, .admin]
        case .manageTokens: [.admin]
        }
    }

    /// Whether it is for those only who are bound to no tenant: workflows are shared by all tenants, and a start that
    /// failed or a dead letter belongs to none.
    public var isForAllTenants: Bool {
        switch self {
        case .seeFailedStarts, .seeDeadLetters, .settleDeadLetters, .seeStatistics, .deployWorkflows, .seeParticipants,
            .governParticipants:
            true
        case .seeOneself, .startSagas, .seeSagas, .exportSagas, .seeIncidents, .seeJobs, .seeAudit, .seeWorkflows,
            .operateSagas, .forceSkips, .abandonSagas, .manageTokens:
            false
        }
    }

    /// As the subject of a sentence.
    var deed: String {
        switch self {
        case .seeOneself: "to see who one is"
        case .startSagas: "to start sagas"
        case .seeSagas: "to look at sagas"
        case .exportSagas: "to export sagas"
        case .seeIncidents: "to look at incidents"
        case .seeJobs: "to look at jobs"
        case .seeFailedStarts: "to look at failed starts"
        case .seeDeadLetters: "to look at dead letters"
        case .settleDeadLetters: "to put back or discard dead letters"
        case .seeAudit: "to look at the audit"
        case .seeWorkflows: "to look at workflows"
        case .seeStatistics: "to look at statistics"
        case .operateSagas: "to intervene in sagas"
        case .forceSkips: "to skip a step by force"
        case .abandonSagas: "to abandon sagas"
        case .deployWorkflows: "to deploy workflows"
        case .seeParticipants: "to look at participants"
        case .governParticipants: "to govern participants"
        case .manageTokens: "to manage tokens"
        }
    }
}
