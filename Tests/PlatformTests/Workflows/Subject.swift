import CloudPhone
import SagaValues
import Testing

/// Whom a saga of a test is about: data that no other has, so that any number of them can run side by side.
struct Subject: Sendable {
    let workflow: String
    let user: SagaValues.UUID
    var devices: [SagaValues.UUID] = []
    /// Of the plan that the user has bought.
    var order: SagaValues.UUID?
    var payment: SagaValues.UUID?
    var snapshots: [SagaValues.UUID] = []
    var application: SagaValues.UUID?
    var plan: SagaValues.UUID = Seed.Plan.basic.id
    var price = "99.00"
    var input: JSON = [:]

    var username: String { "new-\(user.description.suffix(12))" }

    /// What its commands have in their inputs and nobody else's have.
    var marks: [String] {
        var marks = ["\(user)", username] + devices.map { "\($0)" } + snapshots.map { "\($0)" }
        for id in [order, payment, application] { marks += id.map { ["\($0)"] } ?? [] }
        return workflow == "plan-renewal" ? marks + [price] : marks
    }
}

extension Subject {
    /// What tells the step that makes a snapshot stay from another that asks for one: the snapshot.
    var kept: [String] { snapshots.suffix(1).map { "\($0)" } }
}

/// What has to be done before a workflow can be tried.
enum Need: Hashable, Sendable {
    case plan, device, secondDevice, snapshot
}

extension Subject {
    /// What the user of a workflow must have; nil for a workflow of which these tests know nothing.
    static func needs(of workflow: String) -> Set<Need>? {
        switch workflow {
        case "plan-purchase", "app-installation", "user-registration": []
        case "payment-refund", "plan-upgrade", "device-provision", "plan-renewal": [.plan]
        case "device-deletion", "snapshot-create": [.plan, .device]
        case "snapshot-restore": [.plan, .device, .snapshot]
        case "user-offboarding": [.plan, .device, .secondDevice]
        default: nil
        }
    }

    /// The input of its saga.
    ///
    /// - Parameter variant: what a workflow that has two ways is to do: all or none, with or without a proxy.
    mutating func makeInput(variant: Bool) {
        switch workflow {
        case "plan-purchase":
            input = ["userId": "\(user)", "planId": "\(plan)", "price": .string(price)]
        case "payment-refund":
            input = ["orderId": "\(order ?? user)", "reason": "not needed any more"]
        case "device-provision":
            devices = [.v7()]
            input = Subject.provision(devices[0], of: user, wantsProxy: variant)
        case "device-deletion":
            input = ["deviceId": "\(devices[0])", "userId": "\(user)"]
        case "app-installation":
            devices = [.v7(), .v7(), .v7()]
            application = .v7()
            input = [
                "applicationId": "\(application ?? user)", "deviceIds": .array(devices.map { "\($0)" }),
                "allOrNone": .bool(variant),
            ]
        case "user-registration":
            input = [
                "userId": "\(user)", "username": .string(username), "email": .string(username + "@example.test"),
                "fullName": "New User", "passwordHash": "$argon2id$v=19$nobody-can-read-this",
            ]
        case "plan-upgrade":
            input = [
                "userId": "\(user)", "orderId": "\(order ?? user)", "planId": "\(Seed.Plan.pro.id)", "price": "200.00",
            ]
        case "snapshot-create":
            snapshots = [.v7()]
            input = [
                "deviceId": "\(devices[0])", "userId": "\(user)", "snapshotId": "\(snapshots[0])", "name": "a picture",
            ]
        case "snapshot-restore":
            snapshots.append(.v7())
            input = [
                "deviceId": "\(devices[0])", "userId": "\(user)", "snapshotId": "\(snapshots[0])",
                "safetyId": "\(snapshots[1])",
            ]
        case "user-offboarding":
            input = ["userId": "\(user)", "reason": "moves on"]
        default:
            break
        }
    }

    static func provision(_ device: SagaValues.UUID, of user: SagaValues.UUID, wantsProxy: Bool) -> JSON {
        [
            "deviceId": "\(device)", "userId": "\(user)", "name": "mine", "type": "phone", "provider": "redroid",
            "cpuCores": 2, "memoryMb": 2048, "storageMb": 8192, "wantsProxy": .bool(wantsProxy),
        ]
    }
}

// MARK: What the databases say of it

extension Subject {
    private func list(_ ids: [SagaValues.UUID]) -> String {
        "ARRAY[\(ids.map { "'\($0)'" }.joined(separator: ", "))]::uuid[]"
    }

    /// All that a user can have in the books, as one text: an undone saga leaves it as it was.
    var footprintInBilling: String {
        """
        SELECT concat_ws(E'\\n',
            (SELECT concat_ws(' ', 'balance', balance, frozen_amount, total_consumption, status)
                FROM user_balances WHERE user_id = '\(user)'),
            (SELECT string_agg(concat_ws(' ', 'order', id, status), E'\\n' ORDER BY id) FROM orders
                WHERE user_id = '\(user)' AND status IN ('pending', 'paid', 'completed')),
            (SELECT string_agg(concat_ws(' ', 'payment', id, status), E'\\n' ORDER BY id) FROM payments
                WHERE user_id = '\(user)' AND status NOT IN ('refunded', 'failed', 'cancelled')),
            (SELECT string_agg('refund at the provider', E'\\n') FROM provider_refunds r JOIN payments p ON p.id = r.payment_id
                WHERE p.user_id = '\(user)' AND r.status IN ('accepted', 'refunded')),
            (SELECT string_agg('payout', E'\\n') FROM payouts WHERE user_id = '\(user)'))
        """
    }

    var footprintInCore: String {
        let devices = "(\(list(devices)) || ARRAY(SELECT id FROM devices WHERE user_id = '\(user)'))"
        return """
            SELECT concat_ws(E'\\n',
                (SELECT concat_ws(' ', 'user', status) FROM users WHERE id = '\(user)'),
                (SELECT 'credentials' FROM user_credentials WHERE user_id = '\(user)'),
                (SELECT string_agg('role', E'\\n') FROM user_roles WHERE user_id = '\(user)'),
                (SELECT concat_ws(' ', 'quota', plan_id, status, limits, usage ->> 'currentDevices') FROM quotas WHERE user_id = '\(user)'),
                (SELECT string_agg(concat_ws(' ', 'use', device_id), E'\\n' ORDER BY device_id) FROM quota_uses
                    WHERE user_id = '\(user)'),
                (SELECT string_agg(concat_ws(' ', 'device', id, status), E'\\n' ORDER BY id) FROM devices
                    WHERE id = ANY (\(devices))),
                (SELECT string_agg(concat_ws(' ', 'port', port), E'\\n') FROM device_ports
                    WHERE device_id = ANY (\(devices))),
                (SELECT string_agg(concat_ws(' ', 'proxy', id), E'\\n') FROM proxies
                    WHERE device_id = ANY (\(devices))),
                (SELECT string_agg(concat_ws(' ', kind, external_id), E'\\n' ORDER BY key) FROM provider_objects
                    WHERE device_id = ANY (\(devices)) AND deleted_at IS NULL AND kind <> 'restore'),
                (SELECT string_agg(concat_ws(' ', 'snapshot', id, restored_at), E'\\n' ORDER BY id) FROM device_snapshots
                    WHERE device_id = ANY (\(devices)) AND status = 'ready'),
                (SELECT string_agg(concat_ws(' ', 'application', device_id, status), E'\\n' ORDER BY device_id)
                    FROM device_applications WHERE device_id = ANY (\(devices))))
            """
    }

    /// Whether a completed saga of its workflow has brought about what it is for: in billing, and in the others.
    var arrivals: (billing: String, core: String) {
        let device = devices.first ?? user
        let port = "(SELECT count(*) FROM device_ports WHERE device_id = '\(device)')"
        let use = "(SELECT count(*) FROM quota_uses WHERE device_id = '\(device)')"
        let machine = """
            (SELECT count(*) FROM provider_objects
                WHERE kind = 'device' AND device_id = '\(device)' AND deleted_at IS NULL)
            """
        let proxy = "(SELECT count(*) FROM proxies WHERE device_id = '\(device)')"
        func status(_ device: SagaValues.UUID) -> String { "(SELECT status FROM devices WHERE id = '\(device)')" }
        func paid(_ kind: String) -> String {
            """
            (SELECT count(*) FROM orders o JOIN payments p ON p.order_id = o.id WHERE o.user_id = '\(user)'
                AND o.kind = '\(kind)' AND o.status = 'paid' AND p.status = 'success') = 1
            """
        }
        switch workflow {
        case "plan-purchase":
            return (
                "SELECT \(paid("purchase"))",
                "SELECT count(*) = 1 FROM devices d JOIN quotas q USING (user_id) WHERE user_id = '\(user)'"
            )
        case "payment-refund":
            return (
                """
                SELECT o.status = 'refunded' AND p.status = 'refunded'
                    AND (SELECT count(*) FROM provider_refunds WHERE payment_id = p.id AND status = 'refunded') = 1
                    AND (SELECT count(*) FROM balance_transactions WHERE payment_id = p.id AND type = 'refund') = 1
                FROM orders o JOIN payments p ON p.order_id = o.id WHERE o.id = '\(order ?? user)'
                """, "SELECT NOT EXISTS (SELECT FROM devices WHERE order_id = '\(order ?? user)')"
            )
        case "device-provision":
            let proxies = input["wantsProxy"] == .bool(true) ? 1 : 0
            return (
                "SELECT true",
                """
                SELECT \(status(device)) = 'running' AND \(port) = 1 AND \(use) = 1 AND \(machine) = 1
                    AND \(proxy) = \(proxies)
                """
            )
        case "device-deletion":
            return (
                "SELECT true",
                """
                SELECT \(status(device)) = 'deleted' AND \(port) = 0 AND \(use) = 0 AND \(machine) = 0 AND \(proxy) = 0
                """
            )
        case "app-installation":
            return (
                "SELECT true",
                """
                SELECT count(*) = 3 FROM device_applications
                WHERE application_id = '\(application ?? user)' AND status = 'installed'
                """
            )
        case "user-registration":
            return (
                "SELECT count(*) = 1 FROM user_balances WHERE user_id = '\(user)' AND balance = 0",
                """
                SELECT count(*) = 1 FROM users u JOIN user_credentials c ON c.user_id = u.id
                    JOIN user_roles r ON r.user_id = u.id JOIN quotas q ON q.user_id = u.id
                WHERE u.id = '\(user)' AND u.status = 'active'
                """
            )
        case "plan-upgrade":
            return (
                "SELECT \(paid("upgrade"))",
                "SELECT plan_id = '\(Seed.Plan.pro.id)' FROM quotas WHERE user_id = '\(user)'"
            )
        case "plan-renewal": return ("SELECT \(paid("renewal"))", "SELECT true")
        case "snapshot-create":
            return (
                "SELECT true",
                """
                SELECT \(status(device)) = 'running' AND status = 'ready' FROM device_snapshots
                WHERE id = '\(snapshots[0])'
                """
            )
        case "snapshot-restore":
            return (
                "SELECT true",
                """
                SELECT \(status(device)) = 'running' AND count(*) FILTER (WHERE restored_at IS NOT NULL) = 1
                    AND count(*) = 2
                FROM device_snapshots WHERE id IN ('\(snapshots[0])', '\(snapshots[1])') AND status = 'ready'
                """
            )
        case "user-offboarding":
            return (
                """
                SELECT b.status = 'closed' AND b.balance = 0 AND b.frozen_amount = 0
                    AND (SELECT count(*) FROM payouts WHERE user_id = '\(user)') = 1
                FROM user_balances b WHERE user_id = '\(user)'
                """,
                """
                SELECT (SELECT status FROM users WHERE id = '\(user)') = 'deleted'
                    AND count(*) = 2 AND bool_and(status = 'deleted') FROM devices WHERE user_id = '\(user)'
                """
            )
        default: return ("SELECT false", "SELECT false")
        }
    }
}
