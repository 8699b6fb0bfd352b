internal import ParticipantKit
internal import Postgres
internal import SagaValues

/// Ports and proxies: things of which there are only so many, each held by one device or by none.
enum Resources {
    /// The statements on a pool: a table whose rows carry the device that holds them.
    private struct Pool: Sendable {
        let name: String
        let held: PostgresStatement
        /// Takes any that nobody is about to take: two devices never wait for each other.
        let takeFree: PostgresStatement
        /// Waits for whoever holds the last ones and may still put one back.
        let takeContested: PostgresStatement
        let isAnyFree: PostgresStatement
        let putBack: PostgresStatement

        init(_ name: String, table: String, key: String, columns: String) {
            func take(_ skip: String) -> PostgresStatement {
                PostgresStatement(
                    """
                    UPDATE \(table) SET device_id = $1, taken_at = now()
                    WHERE \(key) = (SELECT \(key) FROM \(table) WHERE device_id IS NULL
                                    ORDER BY \(key) LIMIT 1 FOR UPDATE \(skip))
                    RETURNING \(columns)
                    """)
            }
            self.name = name
            held = PostgresStatement("SELECT EXISTS (SELECT FROM \(table) WHERE device_id = $1)")
            takeFree = take("SKIP LOCKED")
            takeContested = take("")
            isAnyFree = PostgresStatement("SELECT EXISTS (SELECT FROM \(table) WHERE device_id IS NULL)")
            putBack = PostgresStatement(
                "UPDATE \(table) SET device_id = NULL, taken_at = NULL WHERE device_id = $1")
        }

        nonisolated(nonsending) func take(for device: UUID, _ context: ActionContext) async throws -> PostgresRow {
            let transaction = context.transaction
            guard try await !transaction.execute(held, [.uuid(device)]).only.bool(0) else {
                throw Rejection("device-has-\(name)", "The device \(device) holds a \(name) already")
            }
            if let row = try await transaction.execute(takeFree, [.uuid(device)]).first { return row }
            if let row = try await transaction.execute(takeContested, [.uuid(device)]).first { return row }
            guard try await !transaction.execute(isAnyFree).only.bool(0) else {
                throw TemporaryFailure("\(name)-pool-busy", "The free ones are all being taken just now")
            }
            throw Rejection("no-\(name)-available", "No \(name) is free")
        }

        nonisolated(nonsending) func putBack(of device: UUID, _ context: ActionContext) async throws -> Bool {
            try await context.transaction.execute(putBack, [.uuid(device)]).affected > 0
        }
    }

    private static let ports = Pool("port", table: "device_ports", key: "port", columns: "port")
    private static let proxies = Pool("proxy", table: "proxies", key: "id", columns: "id, host, port")

    // MARK: Ports

    nonisolated(nonsending) static func allocatePorts(_ input: Device.Reference, _ context: ActionContext) async throws
        -> Device.PortsAllocated
    {
        Device.PortsAllocated(adbPort: Int(try await ports.take(for: input.deviceId, context).int32(0)))
    }

    /// The next device may get the port at once, so the record of this one lets go of it too.
    private static let forgetPort = PostgresStatement("UPDATE devices SET adb_port = NULL WHERE id = $1")

    nonisolated(nonsending) static func releasePorts(_ input: Device.Reference, _ context: ActionContext) async throws
        -> Device.Released
    {
        try await context.transaction.execute(forgetPort, [.uuid(input.deviceId)])
        return Device.Released(released: try await ports.putBack(of: input.deviceId, context))
    }

    nonisolated(nonsending) static func takeBackPorts(_ input: Device.Reference, _ context: ActionContext) async throws
    {
        _ = try await releasePorts(input, context)
    }

    // MARK: Proxies

    nonisolated(nonsending) static func allocateProxy(_ input: Device.Reference, _ context: ActionContext) async throws
        -> Device.ProxyAllocated
    {
        let row = try await proxies.take(for: input.deviceId, context)
        return Device.ProxyAllocated(proxyId: try row.uuid(0), host: try row.text(1), port: Int(try row.int32(2)))
    }

    private static let forgetProxy = PostgresStatement("UPDATE devices SET proxy_id = NULL WHERE id = $1")

    nonisolated(nonsending) static func releaseProxy(_ input: Device.Reference, _ context: ActionContext) async throws
        -> Device.Released
    {
        try await context.transaction.execute(forgetProxy, [.uuid(input.deviceId)])
        return Device.Released(released: try await proxies.putBack(of: input.deviceId, context))
    }

    nonisolated(nonsending) static func takeBackProxy(_ input: Device.Reference, _ context: ActionContext) async throws
    {
        _ = try await releaseProxy(input, context)
    }
}
