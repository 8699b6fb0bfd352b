public import SagaValues

/// What the actions on plans that users already have take and give.
extension Billing {
    public struct Upgrade: Codable, Sendable {
        public let userId: UUID
        /// The order of the plan that the user has now.
        public let orderId: UUID
        /// The plan that the user wants.
        public let planId: UUID
        /// What the buyer agreed to; the upgrade is refused if it costs more.
        public let price: ExactDecimal
    }

    public struct UpgradeQuoted: Codable, Sendable {
        public let amount: ExactDecimal
        public let daysLeft: Int
        public let fromPlanId: UUID
    }

    public struct FindRenewals: Codable, Sendable {
        public let withinHours: Int
        public let limit: Int
    }

    public struct RenewalsFound: Codable, Sendable {
        public let renewals: [Renewal]
    }

    public struct Renewal: Codable, Sendable {
        public let userId: UUID
        /// The order of the period that ends.
        public let orderId: UUID
        public let planId: UUID
    }

    public struct AttemptCharge: Codable, Sendable {
        public let orderId: UUID
        public let amount: ExactDecimal
        /// From 1; mentioned to the user.
        public let attempt: Int
    }

    public struct ChargeAttempted: Codable, Sendable {
        public let paid: Bool
        /// Nil if the balance was too low.
        public let paymentId: UUID?
    }
}
