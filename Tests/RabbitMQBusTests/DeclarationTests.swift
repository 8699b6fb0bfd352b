import LocalServers
import RabbitMQ
import Testing

@Suite("What the bus declares", .timeLimit(.minutes(3)))
struct DeclarationTests {
    @Test(
        "is what docs/PROTOCOL.md says, and a participant's declarations go with it",
        arguments: [RabbitMQ.Topology.Queue.Kind.quorum, .classic])
    func topology(kind: RabbitMQ.Topology.Queue.Kind) async throws {
        let hall = try await Hall(kind)
        try await hall.open(hall.ear(of: "billing")) {
            let vhost = hall.configuration.vhost
            let exchanges = try await hall.server.rabbitmqctl(
                "-q", "list_exchanges", "-p", vhost, "--no-table-headers", "name", "type", "durable", "auto_delete",
                "internal", "arguments")
            #expect(
                lines(exchanges) == [
                    "saga.unroutable\tfanout\ttrue\tfalse\tfalse\t[]",
                    "saga.commands\ttopic\ttrue\tfalse\tfalse\t[{\"alternate-exchange\",\"saga.unroutable\"}]",
                    "saga.replies\tdirect\ttrue\tfalse\tfalse\t[]",
                    "cloudphone.events\ttopic\ttrue\tfalse\tfalse\t[]",
                    "saga.dlx\tfanout\ttrue\tfalse\tfalse\t[]",
                ])
            let queues = try await hall.server.rabbitmqctl(
                "-q", "list_queues", "-p", vhost, "--no-table-headers", "name", "durable", "auto_delete", "exclusive",
                "arguments")
            // A quorum queue is never exclusive, and says nothing about it.
            let exclusive = kind == .quorum ? "" : "false"
            let arguments = "{\"x-queue-type\",\"\(kind.rawValue)\"},{\"x-dead-letter-exchange\",\"saga.dlx\"}"
            #expect(
                lines(queues) == [
                    "saga.dead\ttrue\tfalse\t\t[{\"x-queue-type\",\"quorum\"}]",
                    "saga.replies\ttrue\tfalse\t\(exclusive)\t[\(arguments)]",
                    "billing.commands\ttrue\tfalse\t\(exclusive)\t[\(arguments)]",
                ])
            let bindings = try await hall.server.rabbitmqctl(
                "-q", "list_bindings", "-p", vhost, "--no-table-headers", "source_name", "destination_name",
                "destination_kind", "routing_key", "arguments")
            // Nothing is bound to saga.unroutable, or nobody would learn of a missing participant.
            #expect(
                lines(bindings) == [
                    "saga.dlx\tsaga.dead\tqueue\t\t[]",
                    "saga.replies\tsaga.replies\tqueue\tsaga.replies\t[]",
                    "saga.commands\tbilling.commands\tqueue\tbilling.#\t[]",
                ])
        }
    }

    /// The lines about what is not the broker's own: its exchanges are called `amq.` or have no name.
    private func lines(_ text: String) -> Set<String> {
        let lines = text.split(separator: "\n").map(String.init)
        return Set(lines.filter { !$0.hasPrefix("amq.") && !$0.hasPrefix("\t") })
    }
}
