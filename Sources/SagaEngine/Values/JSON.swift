/// A JSON value that keeps what it was given: the digits of numbers, and the order of members.
///
/// A price of fifteen significant digits or an id of nineteen leaves as it came in, which neither
/// `Double` nor Foundation's decoder grants. See RFC 8259; the limits are in ``JSON/Limits``.
///
/// Two values are equal exactly when their compact texts are the same bytes. So `1` is not `1.0`,
/// members in another order make another value, and strings that differ only in their Unicode
/// normalisation differ, as they do for PostgreSQL and RabbitMQ.
public enum JSON: Sendable {
    case null
    case bool(Bool)
    /// The number's text, exactly as it was written, checked against the grammar of RFC 8259.
    ///
    /// Whoever makes this case by hand answers for the grammar: see ``JSON/init(numberText:)``.
    case number(String)
    case string(String)
    case array([JSON])
    /// Members in their order; no name stands twice.
    case object(Object)
}
