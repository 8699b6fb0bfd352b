internal import SagaValues

/// Prints what a command has to show in the form that was asked for. No command looks at the form itself.
public struct Printer: Sendable {
    let format: OutputFormat
    let times: TimeStyle

    public init(_ format: OutputFormat) { self.init(format: format, times: .utc) }

    init(format: OutputFormat, times: TimeStyle) { (self.format, self.times) = (format, times) }

    /// A single thing: a line of JSON, or one document.
    ///
    /// - Parameter table: prints it for people.
    public func show(_ value: some Encodable, table: () throws -> Void) throws {
        switch format {
        case .table: try inStyle(table)
        case .json, .jsonl: Terminal.print(try Format.json(value))
        case .yaml: Terminal.print(try YAMLText.document(try JSONValueEncoder.encode(value)), terminator: "")
        }
    }

    /// A page of things: whole, or each thing on a line of its own.
    ///
    /// - Parameter next: the cursor of the next page, for which lines of things have no place.
    public func list<Page: Encodable, Item: Encodable>(
        _ page: Page, _ items: KeyPath<Page, [Item]>, next: String? = nil, table: () throws -> Void
    ) throws {
        guard format == .jsonl else { return try show(page, table: table) }
        for item in page[keyPath: items] { Terminal.print(try Format.json(item)) }
        if let next { Terminal.error("more: add --cursor \(Terminal.clean(next))") }
    }

    /// One of several things that come one after the other: a line each, or a document each.
    public func item(_ value: some Encodable, table: () throws -> Void) throws {
        if format == .yaml { Terminal.print("---") }
        try show(value, table: table)
    }

    /// The same, where more is asked of the server for people.
    func itemAsking(_ value: some Encodable, table: () async throws -> Void) async throws {
        guard format == .table else { return try item(value) {} }
        try await TimeStyle.$current.withValue(times) { try await table() }
    }

    /// What belongs to the table alone.
    public func forPeople(_ table: () throws -> Void) rethrows {
        if format == .table { try inStyle(table) }
    }

    /// Times as they are wanted, also in what is printed beside the output.
    func inStyle<Result>(_ body: () throws -> Result) rethrows -> Result {
        try TimeStyle.$current.withValue(times, operation: body)
    }

    /// Whether a view that can go on does: drawn anew on a terminal, or line by line for a program. A single JSON or
    /// YAML document has an end.
    var goesOn: Bool {
        switch format {
        case .table: Terminal.isInteractive
        case .jsonl: true
        case .json, .yaml: false
        }
    }
}
