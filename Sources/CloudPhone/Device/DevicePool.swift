internal import ParticipantKit
internal import Postgres
internal import SagaValues

/// Devices go from `idle` to `allocated` and back.
enum DevicePool {
    private static let held = PostgresStatement("SELECT id, name, adb_port FROM devices WHERE order_id = $1")

    /// Takes any device that nobody is about to take: two purchases never wait for each other.
    private static let takeFree = PostgresStatement(take(skip: "SKIP LOCKED"))
    /// Waits for the purchase that holds the last ones, which may still fail and put one back.
    private static let takeContested = PostgresStatement(take(skip: ""))

    private static func take(skip: String) -> String {
        """
        UPDATE devices SET status = 'allocated', order_id = $1, user_id = $2, user_name = $3, tenant_id = $4,
                           updated_at = now()
        WHERE id = (SELECT id FROM devices WHERE status = 'idle' ORDER BY id LIMIT 1 FOR UPDATE \(skip))
        RETURNING id, name, adb_port
        """
    }

    private static let anyIdle = PostgresStatement("SELECT EXISTS (SELECT 1 FROM devices WHERE status = 'idle')")

    nonisolated(nonsending) static func allocate(_ input: Device.Allocate, _ context: ActionContext) async throws
        -> Device.Allocated
    {
        if let row = try await context.transaction.execute(held, [.uuid(input.orderId)]).first {
            throw Rejection(
                "order-has-device", "The order already holds the device \(try row.text(1))",
                details: ["deviceId": "\(try row.uuid(0))"])
        }
        let parameters: [PostgresParameter] = [
            .uuid(input.orderId), .uuid(input.userId), input.userName.map { .text($0) } ?? .null,
            context.tenant.map { .text($0) } ?? .null,
        ]
        var taken = try await context.transaction.execute(takeFree, parameters)
        if taken.first == nil { taken = try await context.transaction.execute(takeContested, parameters) }
        guard let row = taken.first else {
            guard try await !context.transaction.execute(anyIdle).only.bool(0) else {
                throw TemporaryFailure("device-pool-busy", "The free devices are all being taken just now")
            }
            throw Rejection("no-device-available", "No device is free")
        }
        let device = Device.Allocated(
            deviceId: try row.uuid(0), deviceName: try row.text(1), adbPort: try row.optionalInt32(2).map(Int.init))
        try announce(device.deviceId, "allocated", input, context)
        return device
    }

    private static let putBack = PostgresStatement(
        """
        UPDATE devices SET status = 'idle', order_id = NULL, user_id = NULL, user_name = NULL, tenant_id = NULL,
                           updated_at = now()
        WHERE order_id = $1 AND status <> 'deleted' RETURNING id
        """)

    nonisolated(nonsending) static func release(_ input: Device.Allocate, _ context: ActionContext) async throws {
        for row in try await context.transaction.execute(putBack, [.uuid(input.orderId)]) {
            try announce(try row.uuid(0), "idle", input, context)
        }
    }

    private static func announce(
        _ device: UUID, _ status: JSON, _ input: Device.Allocate, _ context: ActionContext
    ) throws {
        try context.emit(
            "device.status.changed", about: device,
            [
                "deviceId": "\(device)", "status": status, "orderId": "\(input.orderId)", "userId": "\(input.userId)",
            ])
    }

    /// What `order.refunded` says, as far as it matters here.
    struct OrderRefunded: Codable, Sendable {
        let orderId: UUID
        let userId: UUID
    }

    /// A device goes back to the pool with the order that it was bought with, unless it was released before.
    static func orderRefunded(_ order: OrderRefunded, _ context: EventContext) async throws {
        for row in try await context.transaction.execute(putBack, [.uuid(order.orderId)]) {
            let device = try row.uuid(0)
            try await Outbox.add(
                "device.status.changed", about: device,
                [
                    "deviceId": "\(device)", "status": "idle", "orderId": "\(order.orderId)",
                    "userId": "\(order.userId)",
                ], source: "device", in: context.transaction)
        }
    }
}
