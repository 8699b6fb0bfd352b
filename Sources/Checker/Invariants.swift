/// The invariants of the platform, by their numbers in docs/ARCHITECTURE.md: for sagas of any workflow,
/// except where a query names one.
///
/// Steps are found in barriers and histories, so both must reach back to the first saga that is checked:
/// where barrier rows were cleaned after their retention, the checker takes effects for unexplained.
public enum Invariants {
    public static let all: [Invariant] =
        ends + once + order + histories + money + refunds + starts + locks + devices + users + families
}
