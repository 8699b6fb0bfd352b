public import SagaValues

/// What the actions of billing take and give. Names are those of the JSON on the wire.
public enum Billing {
    public struct ValidatePlan: Codable, Sendable {
        public let planId: UUID
        /// What the buyer was shown. It must equal the plan's price as a number: 99.0 is 99.00.
        public let price: ExactDecimal
    }

    public struct PlanValidated: Codable, Sendable {
        public let planId: UUID
        public let name: String
        public let price: ExactDecimal
        public let billingCycle: String
        public let deviceQuota: Int
        public let storageQuotaGb: Int
        public let trafficQuotaGb: Int
    }

    public struct CreateOrder: Codable, Sendable {
        public let userId: UUID
        public let planId: UUID
        /// If given, the order is refused when the plan costs something else by now.
        public let amount: ExactDecimal?
    }

    public struct OrderCreated: Codable, Sendable {
        public let orderId: UUID
        public let orderNumber: String
        /// Billing's copy of the buyer's name, for services that have none.
        public let userName: String
        public let amount: ExactDecimal
        public let finalAmount: ExactDecimal
        public let expiresAt: Timestamp
    }

    public struct Charge: Codable, Sendable {
        public let orderId: UUID
        public let amount: ExactDecimal
    }

    public struct Charged: Codable, Sendable {
        public let paymentId: UUID
        public let paymentNo: String
        public let amount: ExactDecimal
        public let balanceAfter: ExactDecimal
    }

    /// What a refund needs of a charge's output: a ``Charged``, or a ``ChargeAttempted``.
    public struct Refundable: Codable, Sendable {
        public let paymentId: UUID?
    }

    public struct ActivateOrder: Codable, Sendable {
        public let orderId: UUID
        /// Copied onto the order, so that billing can show what was bought without asking the device service.
        public let deviceId: UUID?
        public let deviceName: String?
    }

    public struct OrderActivated: Codable, Sendable {
        public let orderId: UUID
        public let status: String
        public let paidAt: Timestamp
    }
}
