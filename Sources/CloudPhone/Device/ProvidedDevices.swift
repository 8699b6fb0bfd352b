internal import ParticipantKit
internal import Postgres
internal import SagaValues

/// The machines behind the devices, at their provider.
struct ProvidedDevices: Sendable {
    let provider: DeviceProvider

    // MARK: create-at-provider

    private func request(_ input: Device.CreateAtProvider, _ context: ActionContext) -> DeviceProvider.Request {
        DeviceProvider.Request(.device, device: input.deviceId, context)
    }

    nonisolated(nonsending) func create(_ input: Device.CreateAtProvider, _ context: ActionContext) async throws
        -> Device.AtProvider
    {
        let machine = try await provider.make(request(input, context), context)
        return Device.AtProvider(deviceId: input.deviceId, externalId: machine.externalID)
    }

    /// After a lost answer: whether the machine is there.
    nonisolated(nonsending) func probeCreate(_ input: Device.CreateAtProvider, _ context: ActionContext) async throws
        -> Device.AtProvider?
    {
        guard let machine = try await provider.made(request(input, context)) else { return nil }
        return Device.AtProvider(deviceId: input.deviceId, externalId: machine.externalID)
    }

    /// Whatever we know of it: a machine that stands under our key at the provider is paid for.
    nonisolated(nonsending) func takeBack(
        _ input: Device.CreateAtProvider, _ output: Device.AtProvider?, _ context: ActionContext
    ) async throws {
        let machine = try await provider.prevent(request(input, context))
        guard machine.isThere else { return }
        try await provider.delete(
            machine.object.externalID, marks: ["\(context.sagaID)", "\(input.deviceId)"])
    }

    // MARK: delete-at-provider

    private static let find = PostgresStatement("SELECT status, external_id FROM devices WHERE id = $1")

    nonisolated(nonsending) func delete(_ input: Device.Reference, _ context: ActionContext) async throws
        -> Device.AtProvider
    {
        guard let row = try await context.transaction.execute(Self.find, [.uuid(input.deviceId)]).first else {
            throw Rejection("unknown-device", "There is no device \(input.deviceId)")
        }
        guard try row.text(0) != "running" else {
            throw Rejection("device-running", "The device is running, and must be stopped first")
        }
        let externalID = try row.optionalText(1)
        if let externalID {
            try await provider.delete(externalID, marks: ["\(context.sagaID)", "\(input.deviceId)"])
        }
        return Device.AtProvider(deviceId: input.deviceId, externalId: externalID)
    }

    /// A machine that is gone was deleted, by whichever attempt.
    nonisolated(nonsending) func probeDelete(_ input: Device.Reference, _ context: ActionContext) async throws
        -> Device.AtProvider?
    {
        guard let row = try await context.transaction.execute(Self.find, [.uuid(input.deviceId)]).first,
            let externalID = try row.optionalText(1), try await !provider.isAlive(externalID)
        else { return nil }
        return Device.AtProvider(deviceId: input.deviceId, externalId: externalID)
    }
}
