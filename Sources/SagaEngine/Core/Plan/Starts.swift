public import SagaValues

/// A start by an event, besides those by request.
public struct EventStart: Sendable, Hashable {
    /// The routing key: `user.created`.
    public let event: String
    /// The idempotency key of the start, text made from the event: one saga for an event, however often it comes.
    public let key: Template
    /// The saga's input, made from the event; nil: the event itself.
    public let input: Template?
    /// Which of the events start a saga; nil: all of them.
    public let condition: Formula?

    public init(event: String, key: Template, input: Template? = nil, condition: Formula? = nil) {
        self.event = event
        self.key = key
        self.input = input
        self.condition = condition
    }
}

/// Starts by the clock.
public struct Schedule: Sendable, Hashable {
    public let cron: Cron
    /// A name of the IANA time zone database: `Asia/Shanghai`, `UTC`.
    public let timeZone: String
    public let catchUp: CatchUp
    public let input: JSON

    public init(cron: Cron, timeZone: String = "UTC", catchUp: CatchUp = .last, input: JSON = .object([:])) {
        self.cron = cron
        self.timeZone = timeZone
        self.catchUp = catchUp
        self.input = input
    }

    /// What becomes of the times that passed while nobody was there to start a saga.
    public enum CatchUp: String, Sendable, Hashable {
        /// They are passed over.
        case none
        /// One saga is started for all of them.
        case last
        /// One is started for each.
        case all
    }
}

/// When, by the clock on the wall: the five fields of a crontab line.
public struct Cron: Sendable, Hashable {
    /// As it is written: `0 3 * * *`.
    public let text: String
    /// From 0 to 59.
    public let minutes: Set<Int>
    /// From 0 to 23.
    public let hours: Set<Int>
    /// From 1 to 31; nil: any.
    public let daysOfMonth: Set<Int>?
    /// From 1 to 12.
    public let months: Set<Int>
    /// From 0, Sunday, to 6; nil: any. With days of the month too, a day that is among either fits, as in all crontabs.
    public let daysOfWeek: Set<Int>?

    public init(
        text: String, minutes: Set<Int>, hours: Set<Int>, daysOfMonth: Set<Int>?, months: Set<Int>,
        daysOfWeek: Set<Int>?
    ) {
        self.text = text
        self.minutes = minutes
        self.hours = hours
        self.daysOfMonth = daysOfMonth
        self.months = months
        self.daysOfWeek = daysOfWeek
    }
}
