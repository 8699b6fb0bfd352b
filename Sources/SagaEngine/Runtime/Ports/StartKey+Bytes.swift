internal import SagaValues

/// Compared by its bytes, as stores do: to Swift's `==` two keys may be one that are two to a database, and
/// a start would be answered with somebody else's saga.
extension StartKey {
    public static func == (left: StartKey, right: StartKey) -> Bool {
        left.idempotencyKey.hasSameBytes(as: right.idempotencyKey)
            && left.workflow.hasSameBytes(as: right.workflow) && left.tenant.hasSameBytes(as: right.tenant)
    }

    public func hash(into hasher: inout Hasher) {
        for part in [tenant, workflow, idempotencyKey] {
            hasher.combine(part.utf8.count)
            for byte in part.utf8 { hasher.combine(byte) }
        }
    }
}
