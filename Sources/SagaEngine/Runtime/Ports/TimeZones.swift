public import SagaCore

/// The time zones by which schedules start sagas.
public protocol TimeZones: Sendable {
    /// The clocks of a zone, by its name in the IANA time zone database; nil if it is not known.
    func clock(of zone: String) -> WallClock?
}

/// No other than UTC.
public struct UTCAlone: TimeZones {
    public init() {}

    public func clock(of zone: String) -> WallClock? { zone == "UTC" ? .utc : nil }
}
