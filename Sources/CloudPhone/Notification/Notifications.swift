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
        /// What else it is about: a snapshot's name.
        public let subject: String?
        /// Of money, as text.
        public let amount: String?
        public let channels: [String]?
    }

    public struct Sent: Codable, Sendable {
        public let notificationId: UUID
        public let sentAt: Timestamp
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
        let message = template.message(order: input.orderNumber, subject: input.subject, amount: input.amount)
        let (id, sentAt) = try await write(
            template, message, to: input.userId, by: input.channels ?? ["in-app"], context.transaction)
        return Notification.Sent(notificationId: id, sentAt: sentAt)
    }

    private nonisolated(nonsending) static func write(
        _ template: Notification.Template, _ message: String, to user: UUID, by channels: [String],
        _ transaction: PostgresTransaction
    ) async throws -> (UUID, Timestamp) {
        let id = UUID.v7()
        let rows = try await transaction.execute(
            insert,
            [
                .uuid(id), .uuid(user), .text(template.type), .text(template.title), .text(message),
                .texts(channels),
            ])
        return (id, try rows.only.timestamp(0))
    }

    /// What `renewal.unpaid` says.
    struct RenewalUnpaid: Codable, Sendable {
        let userId: UUID
        let orderNumber: String
        let amount: String
        let attempt: Int
    }

    /// Whoever could not be charged for the next period is asked for money.
    static func renewalUnpaid(_ renewal: RenewalUnpaid, _ context: EventContext) async throws {
        let template = Notification.Template.renewalUnpaid
        let message = template.message(order: renewal.orderNumber, amount: renewal.amount)
        _ = try await write(template, message, to: renewal.userId, by: ["in-app", "email"], context.transaction)
    }
}
