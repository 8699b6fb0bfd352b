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
        "UPDATE device_snapshots SET status = 'deleted' WHERE id = $1 AND external_id = $2")

    /// Whatever we know of it: a picture that stands under our key at the provider is paid for. The id alone would not do,
    /// since it may be that of another saga's picture, for which this one was refused.
    nonisolated(nonsending) func delete(
        _ input: Device.CreateSnapshot, _ output: Device.Snapshot?, _ context: ActionContext
    ) async throws {
        let picture = try await provider.prevent(request(input, context))
        try await context.transaction.execute(
            Self.markDeleted, [.uuid(input.snapshotId), .text(picture.object.externalID)])
        guard picture.isThere else { return }
        try await provider.delete(
            picture.object.externalID,
            marks: ["\(context.sagaID)", "\(input.deviceId)", "\(input.snapshotId)"])
    }

    // MARK: find-snapshot, restore-snapshot, bring-back

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
        """
        UPDATE device_snapshots s SET restored_at = now()
        FROM (SELECT id, restored_at FROM device_snapshots WHERE id = $1 FOR UPDATE) AS old
        WHERE s.id = old.id RETURNING s.restored_at, old.restored_at
        """)

    private func restoring(_ input: Device.Restore, _ context: ActionContext) -> DeviceProvider.Request {
        DeviceProvider.Request(.restore, device: input.deviceId, marks: ["\(input.snapshotId)"], context)
    }

    nonisolated(nonsending) func restore(_ input: Device.Restore, _ context: ActionContext) async throws
        -> Device.SnapshotRestored
    {
        try await requireStopped(input.deviceId, context)
        for picture in [input.snapshotId, input.safetyId] {
            _ = try await find(Device.SnapshotReference(snapshotId: picture, deviceId: input.deviceId), context)
        }
        _ = try await provider.make(restoring(input, context), context)
        return try await restored(input, context)
    }

    nonisolated(nonsending) func probeRestore(_ input: Device.Restore, _ context: ActionContext) async throws
        -> Device.SnapshotRestored?
    {
        guard try await provider.made(restoring(input, context)) != nil else { return nil }
        return try await restored(input, context)
    }

    private nonisolated(nonsending) func restored(_ input: Device.Restore, _ context: ActionContext)
        async throws -> Device.SnapshotRestored
    {
        let row = try await context.transaction.execute(Self.markRestored, [.uuid(input.snapshotId)]).only
        return Device.SnapshotRestored(
            snapshotId: input.snapshotId, restoredAt: try row.timestamp(0), before: try row.optionalTimestamp(1))
    }

    private static let markAsBefore = PostgresStatement("UPDATE device_snapshots SET restored_at = $2 WHERE id = $1")

    /// If the device's storage was overwritten, or is being: what it held is restored in turn, from the picture that was
    /// taken for that.
    nonisolated(nonsending) func bringBack(
        _ input: Device.Restore, _ output: Device.SnapshotRestored?, _ context: ActionContext
    ) async throws {
        let restored = try await provider.prevent(restoring(input, context))
        guard restored.isThere else { return }
        // The one must be over before the other begins.
        guard restored.object.isReady else {
            throw TemporaryFailure("provider-busy", "The provider is restoring the device")
        }
        try await requireStopped(input.deviceId, context)
        let safety = Device.SnapshotReference(snapshotId: input.safetyId, deviceId: input.deviceId)
        _ = try await find(safety, context)
        let request = DeviceProvider.Request(
            .restore, device: input.deviceId, marks: ["\(input.safetyId)"], purpose: "back", context)
        if try await provider.made(request) == nil { _ = try await provider.make(request, context) }
        guard let output else { return }
        try await context.transaction.execute(
            Self.markAsBefore, [.uuid(input.snapshotId), output.before.map { .timestamp($0) } ?? .null])
    }
}
