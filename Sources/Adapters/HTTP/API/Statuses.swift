/// What the statuses of sagas mean to whoever reads them. Those that end are named in docs/API.md.
public enum Statuses {
    /// Of sagas that have not ended.
    public static let open = ["queued", "running", "compensating"]

    /// Whether it is one of an open saga. One that is not known is taken for an end, to be looked at.
    public static func isOpen(_ status: String) -> Bool { open.contains(status) }
}
