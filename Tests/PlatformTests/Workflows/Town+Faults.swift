import LocalPlatform
import LocalServers
import SagaValues

/// What goes wrong in the town.
extension Town {
    struct Fault: Sendable {
        let service: String
        let action: String
        let kind: String
        var marks: [String]
        /// nil: until it is lifted.
        var remaining: Int?
        var direction: String? = "do"
    }

    func set(_ faults: [Fault]) async throws {
        for database in [LocalPlatform.Database.billing, LocalPlatform.Database.core] {
            let rows = faults.filter { Town.database(of: $0.service) == database }.flatMap { fault in
                fault.marks.map { mark in
                    """
                    ('\(fault.service)', '\(fault.action)', '\(fault.kind)', \(fault.remaining.map(String.init) ?? "NULL"),
                        \(fault.direction.map { "'\($0)'" } ?? "NULL"), '\(mark)')
                    """
                }
            }
            guard !rows.isEmpty else { continue }
            for start in stride(from: 0, to: rows.count, by: 200) {
                try await platform.postgres.psql(
                    """
                    INSERT INTO fault_switches (service, action, kind, remaining, direction, only_for)
                    VALUES \(rows[start..<min(start + 200, rows.count)].joined(separator: ", "))
                    """, database: database)
            }
        }
    }

    static func database(of service: String) -> String {
        service == "billing" || service == "payment-provider"
            ? LocalPlatform.Database.billing : LocalPlatform.Database.core
    }

    func liftFaults() async throws {
        for database in [LocalPlatform.Database.billing, LocalPlatform.Database.core] {
            try await platform.postgres.psql("DELETE FROM fault_switches", database: database)
        }
    }
}
