internal import ParticipantKit
internal import Postgres

/// What is not ours: companies whose machines we rent, and who move money. They answer when they like.
struct Outside: Sendable {
    let devices: DeviceProvider
    let payments: PaymentProvider

    /// - Parameter pool: connections that no handler uses, since handlers wait for the answers.
    init(pool: PostgresPool, faults: FaultTable?, delay: Duration) {
        devices = DeviceProvider(pool: pool, faults: faults, delay: delay)
        payments = PaymentProvider(faults: faults, delay: delay)
    }
}

extension CloudPhone {
    /// The actions of a service, by the names under which workflows call them.
    static func actions(of service: CloudPhoneService, _ outside: Outside) -> [Action] {
        switch service {
        case .billing: purchases + refunds(Refunds(provider: outside.payments)) + balances + plans
        case .device:
            pool + resources + machines(ProvidedDevices(provider: outside.devices)) + devices
                + snapshots(Snapshots(provider: outside.devices))
        case .user: accounts + quotas
        case .notification: [.do("send", Notifications.send)]
        case .app: installations
        }
    }

    static func subscriptions(of service: CloudPhoneService) -> [Subscription] {
        switch service {
        case .billing:
            [.on("user.created", UserCopies.userChanged), .on("user.updated", UserCopies.userChanged)]
        case .device: [.on("order.refunded", DevicePool.orderRefunded)]
        case .notification: [.on("renewal.unpaid", Notifications.renewalUnpaid)]
        case .user, .app: []
        }
    }

    // MARK: billing

    private static var purchases: [Action] {
        [
            .do("validate-plan", Orders.validatePlan),
            .do("create-order", Orders.create), .undo("cancel-order", Orders.cancel),
            .do("charge", Charges.charge), .undo("refund", Charges.refund),
            .do("activate-order", Orders.activate),
        ]
    }

    private static func refunds(_ refunds: Refunds) -> [Action] {
        [
            .do("validate-refund", Refunds.validate),
            .do("initiate-refund") { try await refunds.initiate($0, $1) },
            .undo("cancel-refund") { try await refunds.cancel($0, $1, $2) },
            .do("record-refund", Refunds.record),
            .do("credit-balance", Refunds.credit),
            .do("close-order", Refunds.close),
        ]
    }

    private static var balances: [Action] {
        [
            .do("open-balance", Balances.open), .undo("close-balance", Balances.takeBackOpening),
            .do("freeze-balance", Balances.freeze), .undo("unfreeze-balance", Balances.unfreeze),
            .do("pay-out", Balances.payOut),
            .do("close-balance", Balances.close),
        ]
    }

    private static var plans: [Action] {
        [
            .do("quote-upgrade", Upgrades.quote), .do("create-upgrade-order", Upgrades.createOrder),
            .do("find-due-renewals", Renewals.findDue), .do("create-renewal-order", Renewals.createOrder),
            .do("attempt-charge", Renewals.attemptCharge),
        ]
    }

    // MARK: device

    private static var pool: [Action] {
        [.do("allocate", DevicePool.allocate), .undo("release", DevicePool.release)]
    }

    private static var resources: [Action] {
        [
            .do("allocate-ports", Resources.allocatePorts), .undo("release-ports", Resources.takeBackPorts),
            .do("allocate-proxy", Resources.allocateProxy), .undo("release-proxy", Resources.takeBackProxy),
            .do("release-ports", Resources.releasePorts), .do("release-proxy", Resources.releaseProxy),
        ]
    }

    private static func machines(_ machines: ProvidedDevices) -> [Action] {
        [
            .do("create-at-provider") { try await machines.create($0, $1) },
            .probe("create-at-provider") { try await machines.probeCreate($0, $1) },
            .undoOutside("delete-at-provider") { try await machines.takeBack($0, $1, $2) },
            .do("delete-at-provider") { try await machines.delete($0, $1) },
            .probe("delete-at-provider") { try await machines.probeDelete($0, $1) },
        ]
    }

    private static var devices: [Action] {
        [
            .do("create-record", DeviceRecords.create), .undo("delete-record", DeviceRecords.delete),
            .do("find", DeviceRecords.find), .do("list", DeviceRecords.list),
            .do("start", DeviceRecords.start), .undo("stop", DeviceRecords.revert),
            .do("stop", DeviceRecords.stop), .undo("restart", DeviceRecords.revert),
            .do("mark-deleted", DeviceRecords.markDeleted),
        ]
    }

    private static func snapshots(_ snapshots: Snapshots) -> [Action] {
        [
            .do("create-snapshot") { try await snapshots.create($0, $1) },
            .probe("create-snapshot") { try await snapshots.probeCreate($0, $1) },
            .undoOutside("delete-snapshot") { try await snapshots.delete($0, $1, $2) },
            .do("find-snapshot") { try await snapshots.find($0, $1) },
            .do("restore-snapshot") { try await snapshots.restore($0, $1) },
            .probe("restore-snapshot") { try await snapshots.probeRestore($0, $1) },
            .undoOutside("bring-back") { try await snapshots.bringBack($0, $1, $2) },
        ]
    }

    // MARK: user

    private static var accounts: [Action] {
        [
            .do("validate", Accounts.validate),
            .do("create", Accounts.create), .undo("delete", Accounts.delete),
            .do("assign-role", Accounts.assignRole), .undo("revoke-role", Accounts.revokeRole),
            .do("activate", Accounts.activate),
            .do("suspend", Accounts.suspend), .undo("reinstate", Accounts.reinstate),
            .do("close", Accounts.close),
        ]
    }

    private static var quotas: [Action] {
        [
            .do("raise-quota", Quotas.raise),
            .do("initialize-quota", Quotas.initialize), .undo("delete-quota", Quotas.delete),
            .do("report-quota", QuotaUse.report), .undo("return-quota", QuotaUse.takeBack),
            .do("return-quota", QuotaUse.giveBack),
        ]
    }

    // MARK: app

    private static var installations: [Action] {
        [
            .do("validate", Installations.validate),
            .do("create-installation", Installations.create),
            .undo("delete-installation", Installations.delete),
            .do("transfer", Installations.transfer), .undo("delete-temp", Installations.deleteTemp),
            .do("install", Installations.install), .undo("uninstall", Installations.uninstall),
            .do("verify", Installations.verify),
            .do("mark-installed", Installations.mark), .undo("unmark-installed", Installations.unmark),
        ]
    }
}
