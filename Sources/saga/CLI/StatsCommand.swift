public import ArgumentParser
internal import SagaAPI
internal import SagaValues

public struct StatsCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Show how many sagas of a workflow started and ended, how long they took, and why they failed.")

    @Argument(help: "The workflow's name.")
    var workflow: String
    @Option(help: "How far back: 1h, 24h or 7d.")
    var window = "24h"
    @OptionGroup var options: ClientOptions

    public init() {}

    public func run() async throws {
        try await Exit.run {
            let view: StatisticsView = try await options.client().send(
                .get, "/v1/workflows/\(workflow)/statistics", query: [("window", window)])
            try options.printer.show(view) { view.print() }
            return 0
        }
    }
}

extension StatisticsView {
    fileprivate func print() {
        Terminal.print(
            "\(Terminal.styled(Terminal.clean(workflow), .bold)), \(window) until \(Format.moment(to))")
        Terminal.print(
            "started \(started)  completed \(Terminal.styled("\(completed)", .green))  "
                + "compensated \(Terminal.styled("\(compensated)", .yellow))  "
                + "abandoned \(Terminal.styled("\(abandoned)", .red))")
        if let durations {
            func text(_ milliseconds: Int) -> String {
                Format.duration(from: to, to: to + .milliseconds(milliseconds))
            }
            Terminal.print("took    p50 \(text(durations.p50))  p95 \(text(durations.p95))  p99 \(text(durations.p99))")
        }
        if !failures.isEmpty {
            Terminal.print()
            var table = Table("FAILED", "STEP", "BECAUSE", "ERROR")
            for failure in failures {
                table.add(
                    .init("\(failure.count)"), .init(failure.step ?? "-"), .init(failure.kind),
                    .init(failure.code ?? "-"))
            }
            table.print()
        }
        guard !slots.isEmpty else { return }
        Terminal.print()
        var table = Table("SINCE", "STARTED", "COMPLETED", "COMPENSATED", "ABANDONED")
        for slot in slots {
            table.add(
                .init(Format.date(slot.at)), .init("\(slot.started)"), .init("\(slot.completed)"),
                .init("\(slot.compensated)"), .init("\(slot.abandoned)"))
        }
        table.print()
    }
}
