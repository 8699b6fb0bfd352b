public import ArgumentParser
internal import Foundation
internal import SagaAPI
internal import SagaValues

public struct ParticipantsCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "participants", abstract: "List the participants: how they are, and what they get.")

    @OptionGroup var options: ClientOptions

    public init() {}

    public func run() async throws {
        try await Exit.run {
            let list: ParticipantList = try await options.client().send(.get, "/v1/participants")
            try options.printer.list(list, \.participants) { list.print() }
            return 0
        }
    }
}

extension ParticipantList {
    fileprivate func print() {
        guard !participants.isEmpty else { return Terminal.print("no participants") }
        var table = Table(
            "PARTICIPANT", "HEALTH", "BREAKER", "IN FLIGHT", "HELD BACK", "CONSUMERS", "READY", "LAST REPLY", "WHY")
        for participant in participants { participant.add(to: &table) }
        table.print()
    }
}

/// One participant.
public struct ParticipantDetailCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "participant", abstract: "Show a participant, limit what it gets, and move its circuit breaker.",
        subcommands: [Show.self, Limit.self, Breaker.self], defaultSubcommand: Show.self)

    public init() {}

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show all that is known of a participant.")

        @Argument(help: "The participant's name, as \"saga participants\" prints it.")
        var name: String
        @OptionGroup var options: ClientOptions

        func run() async throws {
            try await Exit.run {
                let view: ParticipantView = try await options.client().send(.get, path(name))
                try options.printer.show(view) { view.print() }
                return 0
            }
        }
    }

    struct Limit: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Set how many commands a participant gets, over all nodes; what is not given is not limited.")

        @Argument(help: "The participant's name.")
        var name: String
        @Option(help: "How many commands may be sent and not answered at the same time.")
        var inFlight: Int?
        @Option(help: "How many commands it gets each second.")
        var perSecond: Int?
        @Flag(help: "Lift both limits.")
        var none = false
        @Option(help: "Why; it stays in the audit.")
        var reason: String
        @OptionGroup var options: ChangeOptions

        func validate() throws {
            guard none == (inFlight == nil && perSecond == nil) else {
                throw ValidationError("give --in-flight, --per-second or both, or --none to lift them")
            }
        }

        func run() async throws {
            try await Exit.run {
                let body = LimitsBody(inFlight: inFlight, perSecond: perSecond, reason: reason)
                let view: ParticipantView = try await options.client().send(
                    .post, path(name) + "/limits", headers: ["Content-Type": "application/json"],
                    body: try JSONValueEncoder.encode(body).bytes)
                try options.printer.show(view) { view.print() }
                return 0
            }
        }
    }

    struct Breaker: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Stop sending to a participant, keep sending whatever is seen of it, or leave that to what is seen.")

        @Argument(help: "The participant's name.")
        var name: String
        @Argument(help: "open: nothing is sent, for maintenance. closed: it is sent whatever comes. automatic.")
        var mode: String
        @Option(help: "Why; it stays in the audit.")
        var reason: String
        @OptionGroup var options: ChangeOptions

        func run() async throws {
            try await Exit.run {
                let view: ParticipantView = try await options.client().send(
                    .post, path(name) + "/breaker", headers: ["Content-Type": "application/json"],
                    body: try JSONValueEncoder.encode(BreakerBody(mode: mode, reason: reason)).bytes)
                try options.printer.show(view) { view.print() }
                return 0
            }
        }
    }
}

private func path(_ name: String) -> String { "/v1/participants/\(name)" }

extension ParticipantView {
    fileprivate func add(to table: inout Table) {
        let queue = queue.map { $0.consumers.map { "\($0)" } ?? "no queue" } ?? "-"
        table.add(
            .init(name), .init(health, style: Self.coloured), .init(breaker.text), .init(limited(inFlight)),
            .init("\(heldBack)"), .init(queue), .init(self.queue.map { "\($0.ready)" } ?? "-"),
            .init(Format.date(lastReplyAt)), .init(why))
    }

    private static func coloured(_ health: String) -> String {
        switch health {
        case "up": Terminal.styled(health, .green)
        case "down": Terminal.styled(health, .red)
        case "failing": Terminal.styled(health, .yellow)
        default: Terminal.styled(health, .dim)
        }
    }

    private func limited(_ count: Int) -> String {
        "\(count)\(isPartial ? "+" : "")" + (limits.inFlight.map { "/\($0)" } ?? "")
    }

    fileprivate func print() {
        Terminal.print("\(Terminal.styled("participant", .bold))  \(Terminal.clean(name))")
        Terminal.print("health       \(Self.coloured(health)): \(Terminal.clean(why))")
        let since = breaker.since.map { " since \(Format.moment($0))" } ?? ""
        let probe = breaker.nextProbeAt.map { ", next probe \(Format.moment($0))" } ?? ""
        Terminal.print("breaker      \(breaker.text)\(since)\(probe)")
        if let reason = breaker.reason { Terminal.print("             \(Terminal.clean(reason))") }
        let limits = [
            self.limits.inFlight.map { "\($0) commands in flight" },
            self.limits.perSecond.map { "\($0) commands a second" },
        ].compactMap(\.self)
        Terminal.print("limits       \(limits.isEmpty ? "none" : limits.joined(separator: ", "))")
        Terminal.print("in flight    \(limited(inFlight))")
        Terminal.print("held back    \(heldBack)\(isPartial ? "+" : "")")
        if let queue {
            let consumers = queue.consumers.map { "\($0) consumers, \(queue.ready) commands ready" } ?? "there is none"
            Terminal.print("queue        \(consumers)")
        }
        Terminal.print("last reply   \(Format.date(lastReplyAt))")
        Terminal.print(
            "last failure \(Format.date(lastFailureAt))\(lastFailure.map { ": \(Terminal.clean($0))" } ?? "")")
        Terminal.print(
            "5 minutes    \(outcomes.done) done, \(outcomes.refused) refused, \(outcomes.transient) put off, "
                + "\(outcomes.timedOut) without an answer, \(outcomes.unroutable) not taken")
    }
}

extension BreakerView {
    fileprivate var text: String { mode == "automatic" ? state : "\(state) (by a person)" }
}
