public import SagaValues

/// What the actions around a refund take and give.
extension Billing {
    public struct ValidateRefund: Codable, Sendable {
        public let orderId: UUID
    }

    public struct RefundValidated: Codable, Sendable {
        public let paymentId: UUID
        public let userId: UUID
        public let orderNumber: String
        public let amount: ExactDecimal
    }

    public struct InitiateRefund: Codable, Sendable {
        public let paymentId: UUID
        public let reason: String
    }

    public struct RefundInitiated: Codable, Sendable {
        /// The provider's request; the same that its callback names.
        public let refundId: UUID
        public let paymentId: UUID
    }

    public struct PaymentReference: Codable, Sendable {
        public let paymentId: UUID
    }

    public struct RefundRecorded: Codable, Sendable {
        public let paymentId: UUID
        public let amount: ExactDecimal
        public let refundedAt: Timestamp
    }

    public struct BalanceCredited: Codable, Sendable {
        public let amount: ExactDecimal
        public let balanceAfter: ExactDecimal
    }

    public struct CloseOrder: Codable, Sendable {
        public let orderId: UUID
        public let paymentId: UUID
        public let reason: String
    }

    public struct OrderClosed: Codable, Sendable {
        public let orderId: UUID
        public let status: String
        public let refundAmount: ExactDecimal
    }
}
