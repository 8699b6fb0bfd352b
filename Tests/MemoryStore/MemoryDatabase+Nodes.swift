internal import SagaEngine
internal import SagaValues

extension MemoryDatabase.State {
    func checkAlive(_ node: NodeID) throws(StoreError) {
        guard let known = nodes[node], !known.isDead else {
            throw StoreError(.nodeRetired, "node \(node) was declared dead")
        }
    }

    mutating func extend(_ node: NodeID, session: ObjectIdentifier, watermark: Int64, until: Timestamp) {
        guard nodes[node]?.isDead == false else { return }
        nodes[node]!.session = session
        nodes[node]!.leaseUntil = until
        nodes[node]!.watermark = max(nodes[node]!.watermark, watermark)
    }

    mutating func declareDead(except node: NodeID, now: Timestamp) {
        for (id, other) in nodes where id != node && !other.isDead {
            if other.session == nil || other.leaseUntil < now { nodes[id]!.isDead = true }
        }
    }

    mutating func closeSession(_ session: ObjectIdentifier) {
        for (id, node) in nodes where node.session == session { nodes[id]!.session = nil }
    }
}
