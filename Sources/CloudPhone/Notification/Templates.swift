extension Notification {
    /// The messages that there are.
    public enum Template: String, Sendable, CaseIterable {
        case orderCompleted = "order-completed"
        case orderFailed = "order-failed"
        case deviceReady = "device-ready"
        case refundCompleted = "refund-completed"
        case welcome
        case planUpgraded = "plan-upgraded"
        case planRenewed = "plan-renewed"
        case renewalUnpaid = "renewal-unpaid"
        case snapshotCreated = "snapshot-created"
        case snapshotRestored = "snapshot-restored"
        case accountClosed = "account-closed"

        var type: String {
            switch self {
            case .orderCompleted, .orderFailed, .planUpgraded, .planRenewed: "order"
            case .deviceReady, .snapshotCreated, .snapshotRestored: "device"
            case .refundCompleted, .accountClosed: "billing"
            case .renewalUnpaid: "alert"
            case .welcome: "system"
            }
        }

        var title: String {
            switch self {
            case .orderCompleted: "Your plan is active"
            case .orderFailed: "Your order could not be completed"
            case .deviceReady: "Your cloud phone is ready"
            case .refundCompleted: "Your money is back"
            case .welcome: "Welcome"
            case .planUpgraded: "Your new plan is active"
            case .planRenewed: "Your plan goes on"
            case .renewalUnpaid: "Your plan is about to end"
            case .snapshotCreated: "Your snapshot is ready"
            case .snapshotRestored: "Your device is restored"
            case .accountClosed: "Your account is closed"
            }
        }

        /// - Parameters:
        ///   - order: an order's number.
        ///   - subject: what it is about otherwise: a snapshot's name.
        ///   - amount: of money.
        func message(order: String?, subject: String? = nil, amount: String? = nil) -> String {
            let order = order.map { "Order \($0)" } ?? "Your order"
            let snapshot = subject.map { "the snapshot \"\($0)\"" } ?? "the snapshot"
            return switch self {
            case .orderCompleted: "\(order) is paid and your cloud phone is waiting for you."
            case .orderFailed: "\(order) was cancelled; nothing was charged."
            case .deviceReady: "\(order) has its device: it can be started now."
            case .refundCompleted: "\(order) was refunded to your balance."
            case .welcome: "Your account is open. Choose a plan to get your first cloud phone."
            case .planUpgraded: "\(order) is paid and what the larger plan grants is yours now."
            case .planRenewed: "\(order) is paid and your plan has another period."
            case .renewalUnpaid:
                "\(order) over \(amount ?? "the next period") could not be paid from your balance. Please top it up."
            case .snapshotCreated: "Your device has \(snapshot)."
            case .snapshotRestored: "Your device is what it was in \(snapshot)."
            case .accountClosed: "Your devices are deleted, and \(amount ?? "your balance") was paid back to you."
            }
        }
    }
}
