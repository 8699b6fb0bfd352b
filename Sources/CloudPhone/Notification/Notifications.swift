internal import ParticipantKit
internal import Postgres
public import SagaValues

/// What the actions of the notification service take and give.
public enum Notification {
    public struct Send: Codable, Sendable {
        public let userId: UUID
        /// One of ``Template``, as written in workflows: `order-completed`.
        public let template: String
        /// Mentioned in the message if given.
        public let orderNumber: String?
        public let channels: [String]?
    }

    public struct Sent: Codable, Sendable {
        public let notificationId: UUID
        public let sentAt: Timestamp
    }

    /// The messages that there are.
    public enum Template: String, Sendable, CaseIterable {
        case orderCompleted = "order-completed"
        case orderFailed = "order-failed"
        case deviceReady = "device-ready"
        case refundCompleted = "refund-completed"

        var type: String {
            switch self {
            case .orderCompleted, .orderFailed: "order"
            case .deviceReady: "device"
            case .refundCompleted: "billing"
            }
        }

        var title: String {
            switch self {
            case .orderCompleted: "Your plan is active"
            case .orderFailed: "Your order could not be completed"
            case .deviceReady: "Your cloud phone is ready"
            case .refundCompleted: "Your money is back"
            }
        }

        func message(order: String?) -> String {
            let order = order.map { "Order \($0)" } ?? "Your order"
            return switch self {
            case .orderCompleted: "\(order) is paid and your cloud phone is waiting for you."
            case .orderFailed: "\(order) was cancelled; nothing was charged."
            case .deviceReady: "\(order) has its device: it can be started now."
            case .refundCompleted: "\(order) was refunded to your balance."
            }
        }
    }
}

enum Notifications {
    private static let insert = PostgresStatement(
        """
        INSERT INTO notifications (id, user_id, type, status, title, message, channels, sent_at)
        VALUES ($1, $2, $3, 'sent', $4, $5, $6, now()) RETURNING sent_at
        """)

    nonisolated(nonsending) static func send(_ input: Notification.Send, _ context: ActionContext) async throws
        -> Notification.Sent
    {
        guard let template = Notification.Template(rawValue: input.template) else {
            throw Rejection("unknown-template", "There is no message template \"\(input.template.prefix(64))\"")
        }
        let id = UUID.v7()
        let rows = try await context.transaction.execute(
            insert,
            [
                .uuid(id), .uuid(input.userId), .text(template.type), .text(template.title),
                .text(template.message(order: input.orderNumber)), .texts(input.channels ?? ["in-app"]),
            ])
        return Notification.Sent(notificationId: id, sentAt: try rows.only.timestamp(0))
    }
}
