internal import ParticipantKit
internal import Postgres
internal import SagaValues

/// Pictures of a device's storage, which the provider takes and keeps.
struct Snapshots: Sendable {
    let provider: DeviceProvider

    private static let device = PostgresStatement("SELECT status FROM devices WHERE id = $1")

    /// A machine that is writing gives a picture of nothing in particular.
    private nonisolated(nonsending) func requireStopped(_ device: UUID, _ context: ActionContext) async throws {
        let status = try await context.transaction.execute(Self.device, [.uuid(device)]).first?.text(0)
        guard let status, status != "deleted" else {
            throw Rejection("unknown-device", "There is no device \(device)")
        }
        guard ["stopped", "allocated"].contains(status) else {
            throw Rejection("device-\(status)", "The device is \(status), and must be stopped first")
        }
    }

    // MARK: create-snapshot, delete-snapshot

    private static let insert = PostgresStatement(
        """
        INSERT INTO device_snapshots (id, device_id, name, external_id, status, size_bytes)
        VALUES ($1, $2, $3, $4, 'ready', $5) ON CONFLICT DO NOTHING
        """)
    private static let exists = PostgresStatement("SELECT EXISTS (SELECT FROM device_snapshots WHERE id = $1)")

    private func request(_ input: Device.CreateSnapshot, _ context: ActionContext) -> DeviceProvider.Request {
        DeviceProvider.Request(.snapshot, device: input.deviceId, marks: ["\(input.snapshotId)"], context)
    }

    nonisolated(nonsending) func create(_ input: Device.CreateSnapshot, _ context: ActionContext) async throws
        -> Device.Snapshot
    {
        try await requireStopped(input.deviceId, context)
        guard try await !context.transaction.execute(Self.exists, [.uuid(input.snapshotId)]).only.bool(0) else {
            throw Rejection("snapshot-exists", "There is a snapshot \(input.snapshotId) already")
        }
        return try await keep(try await provider.make(request(input, context), context), input, context)
    }

    nonisolated(nonsending) func probeCreate(_ input: Device.CreateSnapshot, _ context: ActionContext) async throws
        -> Device.Snapshot?
    {
        guard let picture = try await provider.made(request(input, context)) else { return nil }
        return try await keep(picture, input, context)
    }

    private nonisolated(nonsending) func keep(
        _ picture: DeviceProvider.Object, _ input: Device.CreateSnapshot, _ context: ActionContext
    ) async throws -> Device.Snapshot {
        try await context.transaction.execute(
            Self.insert,
            [
                .uuid(input.snapshotId), .uuid(input.deviceId), .text(input.name), .text(picture.externalID),
                .int64(picture.sizeBytes),
            ])
        return Device.Snapshot(snapshotId: input.snapshotId, name: input.name, sizeBytes: picture.sizeBytes)
    }

    private static let markDeleted = PostgresStatement(
        "UPDATE device_snapshots SET status = 'deleted' WHERE id = $1 RETURNING external_id")

    nonisolated(nonsending) func delete(_ input: Device.CreateSnapshot, _ context: ActionContext) async throws {
        let rows = try await context.transaction.execute(Self.markDeleted, [.uuid(input.snapshotId)])
        guard let externalID = try rows.first?.text(0) else { return }
        try await provider.delete(externalID, marks: ["\(context.sagaID)", "\(input.snapshotId)"])
    }

    // MARK: find-snapshot, restore-snapshot

    private static let find = PostgresStatement(
        "SELECT name, size_bytes FROM device_snapshots WHERE id = $1 AND device_id = $2 AND status = 'ready'")

    nonisolated(nonsending) func find(_ input: Device.SnapshotReference, _ context: ActionContext) async throws
        -> Device.Snapshot
    {
        let rows = try await context.transaction.execute(
            Self.find, [.uuid(input.snapshotId), .uuid(input.deviceId)])
        guard let row = rows.first else {
            throw Rejection("unknown-snapshot", "The device has no snapshot \(input.snapshotId)")
        }
        return Device.Snapshot(
            snapshotId: input.snapshotId, name: try row.text(0), sizeBytes: try row.int64(1))
    }

    private static let markRestored = PostgresStatement(
        "UPDATE device_snapshots SET restored_at = now() WHERE id = $1 RETURNING restored_at")

    private func restoring(_ input: Device.SnapshotReference, _ context: ActionContext) -> DeviceProvider.Request {
        DeviceProvider.Request(.restore, device: input.deviceId, marks: ["\(input.snapshotId)"], context)
    }

    nonisolated(nonsending) func restore(_ input: Device.SnapshotReference, _ context: ActionContext) async throws
        -> Device.SnapshotRestored
    {
        try await requireStopped(input.deviceId, context)
        _ = try await find(input, context)
        _ = try await provider.make(restoring(input, context), context)
        return try await restored(input, context)
    }

    nonisolated(nonsending) func probeRestore(_ input: Device.SnapshotReference, _ context: ActionContext) async throws
        -> Device.SnapshotRestored?
    {
        guard try await provider.made(restoring(input, context)) != nil else { return nil }
        return try await restored(input, context)
    }

    private nonisolated(nonsending) func restored(_ input: Device.SnapshotReference, _ context: ActionContext)
        async throws -> Device.SnapshotRestored
    {
        let row = try await context.transaction.execute(Self.markRestored, [.uuid(input.snapshotId)]).only
        return Device.SnapshotRestored(snapshotId: input.snapshotId, restoredAt: try row.timestamp(0))
    }
}
