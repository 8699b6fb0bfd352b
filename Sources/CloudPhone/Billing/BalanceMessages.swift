public import SagaValues

/// What the actions on whole balances take and give.
extension Billing {
    public struct Account: Codable, Sendable {
        public let userId: UUID
    }

    public struct BalanceOpened: Codable, Sendable {
        public let userId: UUID
        public let balance: ExactDecimal
    }

    public struct BalanceFrozen: Codable, Sendable {
        /// All that is frozen now: the whole balance.
        public let amount: ExactDecimal
        /// What of it was free before.
        public let newlyFrozen: ExactDecimal
    }

    public struct PayOut: Codable, Sendable {
        public let userId: UUID
        public let amount: ExactDecimal
    }

    public struct PaidOut: Codable, Sendable {
        /// Nil if there was nothing to pay.
        public let payoutId: UUID?
        public let amount: ExactDecimal
    }
}
