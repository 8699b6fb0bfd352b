public import ArgumentParser
internal import SagaAPI
internal import SagaValues

public struct TreeCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "tree", abstract: "Show a saga with the sagas that are a part of it, and their parts.")

    @Argument(help: "The saga's id.", transform: SagaID.read)
    var id: UUID
    @OptionGroup var options: ClientOptions

    public init() {}

    public func run() async throws {
        try await Exit.run {
            let tree: TreeView = try await options.client().send(.get, "/v1/sagas/\(id)/tree")
            try options.printer.show(tree) { for line in tree.lines { Terminal.print(line) } }
            return 0
        }
    }
}

extension TreeView {
    fileprivate var lines: [String] {
        var lines = [title]
        let last = leftOut == nil ? children.indices.last : nil
        for (index, child) in children.enumerated() {
            let (first, rest) = index == last ? ("└─ ", "   ") : ("├─ ", "│  ")
            for (number, line) in child.lines.enumerated() { lines.append((number == 0 ? first : rest) + line) }
        }
        if let leftOut { lines.append("└─ " + Terminal.styled("left out: \(Terminal.clean(leftOut))", .dim)) }
        return lines
    }

    private var title: String {
        var place = ""
        if let parent = saga.parent {
            place = Terminal.clean(parent.step) + (parent.isBody ? "[\(parent.item)]" : "")
            if let round, round > 1 { place += " (round \(round))" }
            place += "  "
        }
        // The steps of an `each` are those of the same workflow.
        let name = saga.parent?.isBody == true ? "" : "\(Terminal.clean(saga.workflow)) v\(saga.version)  "
        let mark = saga.hasOpenIncident ? Terminal.styled(" !", .red) : ""
        return "\(place)\(name)\(Terminal.status(saga.status))\(mark)  \(Format.duration(of: saga))  "
            + Terminal.styled("\(saga.id)", .dim)
    }
}
