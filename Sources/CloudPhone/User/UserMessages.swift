public import SagaValues

/// What the actions of the user service take and give. Names are those of the JSON on the wire.
public enum User {
    /// A user who is meant, and nothing else.
    public struct Reference: Codable, Sendable {
        public let userId: UUID
    }

    // MARK: Quotas

    public struct RaiseQuota: Codable, Sendable {
        public let userId: UUID
        public let planId: UUID
    }

    public struct QuotaRaised: Codable, Sendable {
        public let userId: UUID
        public let limits: JSON
    }

    public struct InitializeQuota: Codable, Sendable {
        public let userId: UUID
        public let maxDevices: Int
        public let storageGb: Int
        public let trafficGb: Int
    }

    public struct ReportQuota: Codable, Sendable {
        public let userId: UUID
        public let deviceId: UUID
        public let cpuCores: Int
        public let memoryMb: Int
        public let storageMb: Int
    }

    public struct ReturnQuota: Codable, Sendable {
        public let userId: UUID
        public let deviceId: UUID
    }

    public struct QuotaUsed: Codable, Sendable {
        public let userId: UUID
        /// False if the device did not count against the quota.
        public let changed: Bool
        public let usage: JSON
    }

    // MARK: Accounts

    public struct Validate: Codable, Sendable {
        public let username: String
        public let email: String
    }

    public struct Create: Decodable, Sendable {
        public let userId: UUID
        public let username: String
        public let email: String
        public let fullName: String
        public let tenantId: String?
        public let passwordHash: PasswordHash
    }

    /// It can be stored and cannot be shown: it is never encoded, and prints as dots.
    public struct PasswordHash: Decodable, Sendable {
        let secret: Secret

        public init(from decoder: any Decoder) throws {
            secret = Secret(try decoder.singleValueContainer().decode(String.self))
        }
    }

    public struct AssignRole: Codable, Sendable {
        public let userId: UUID
        public let role: String
    }

    public struct RoleAssigned: Codable, Sendable {
        /// False if the user had it before.
        public let assigned: Bool
    }

    public struct Suspend: Codable, Sendable {
        public let userId: UUID
        public let reason: String
    }

    public struct StatusChanged: Codable, Sendable {
        public let userId: UUID
        public let before: String
        public let status: String
    }
}
