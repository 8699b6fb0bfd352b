/// The versions of its workflow by which a saga has gone: each row of its history is read by the one of its time.
public struct Course: Sendable {
    /// With the revision from which on it went by it, in order; the first from the beginning.
    private let legs: [(since: Int, plan: Plan)]

    /// Of a saga that has never moved.
    public init(_ plan: Plan) {
        legs = [(0, plan)]
    }

    /// - Parameters:
    ///   - left: what the saga says of it, see ``Saga/left``.
    ///   - plan: that it goes by now.
    ///   - version: gives the plans of the versions before.
    /// - Returns: nil if one of them is not known.
    public init?(_ left: [Saga.Leaving], to plan: Plan, version: (Int) -> Plan?) {
        var legs: [(since: Int, plan: Plan)] = []
        var since = 0
        for leaving in left {
            guard let former = version(leaving.version) else { return nil }
            legs.append((since, former))
            since = leaving.revision
        }
        legs.append((since, plan))
        self.legs = legs
    }

    /// By which the event was taken in that led to a revision. A move is the first event of the version that it leads to.
    public func plan(at revision: Int) -> Plan {
        legs.last { $0.since <= revision }?.plan ?? legs[0].plan
    }

    /// By which it began.
    public var first: Plan { legs[0].plan }
    /// By which it goes now.
    public var last: Plan { legs[legs.count - 1].plan }
}
