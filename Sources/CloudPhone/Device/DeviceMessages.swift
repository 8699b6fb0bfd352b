public import SagaValues

/// What the actions of the device service take and give. Names are those of the JSON on the wire.
public enum Device {
    // MARK: Out of the pool

    public struct Allocate: Codable, Sendable {
        public let orderId: UUID
        public let userId: UUID
        public let userName: String?
    }

    public struct Allocated: Codable, Sendable {
        public let deviceId: UUID
        public let deviceName: String
        public let adbPort: Int?
    }

    // MARK: Made for a user

    /// A device that is meant, and nothing else.
    public struct Reference: Codable, Sendable {
        public let deviceId: UUID
    }

    /// A device of a certain user.
    public struct Owned: Codable, Sendable {
        public let deviceId: UUID
        public let userId: UUID
    }

    public struct PortsAllocated: Codable, Sendable {
        public let adbPort: Int
    }

    public struct ProxyAllocated: Codable, Sendable {
        public let proxyId: UUID
        public let host: String
        public let port: Int
    }

    public struct Released: Codable, Sendable {
        /// False if the device held none.
        public let released: Bool
    }

    public struct CreateAtProvider: Codable, Sendable {
        public let deviceId: UUID
        public let provider: String
        public let type: String
        public let cpuCores: Int
        public let memoryMb: Int
        public let storageMb: Int
        public let adbPort: Int
    }

    public struct AtProvider: Codable, Sendable {
        public let deviceId: UUID
        /// The provider's name for the machine; nil if there never was one.
        public let externalId: String?
    }

    public struct CreateRecord: Codable, Sendable {
        public let deviceId: UUID
        public let userId: UUID
        public let userName: String?
        public let name: String
        public let type: String
        public let provider: String
        public let externalId: String
        public let adbPort: Int
        public let cpuCores: Int
        public let memoryMb: Int
        public let storageMb: Int
    }

    public struct StatusChanged: Codable, Sendable {
        public let deviceId: UUID
        public let before: String
        public let status: String
    }

    public struct Found: Codable, Sendable {
        public let deviceId: UUID
        public let name: String
        public let status: String
        public let running: Bool
    }

    public struct List: Codable, Sendable {
        public let userId: UUID
    }

    public struct Listed: Codable, Sendable {
        public let devices: [Found]
    }

    // MARK: Snapshots

    public struct CreateSnapshot: Codable, Sendable {
        public let snapshotId: UUID
        public let deviceId: UUID
        public let name: String
    }

    public struct SnapshotReference: Codable, Sendable {
        public let snapshotId: UUID
        public let deviceId: UUID
    }

    public struct Snapshot: Codable, Sendable {
        public let snapshotId: UUID
        public let name: String
        public let sizeBytes: Int64
    }

    public struct Restore: Codable, Sendable {
        public let snapshotId: UUID
        public let deviceId: UUID
        /// The picture of what is overwritten.
        public let safetyId: UUID
    }

    public struct SnapshotRestored: Codable, Sendable {
        public let snapshotId: UUID
        public let restoredAt: Timestamp
        /// When it was restored the last time before this.
        public let before: Timestamp?
    }
}
