internal import SagaCore
internal import SagaValues
internal import Workflows
internal import Yams

extension Workflow {
    /// What its text says under `input`, as JSON; nil if it takes any input.
    ///
    /// The text has been checked, so it is of the shapes that the language has.
    var schemaText: JSON? {
        let scalars = source.unicodeScalars
        let text = scalars.first == "\u{FEFF}" ? String(scalars.dropFirst()) : source
        guard let root = try? Yams.compose(yaml: text)?.mapping else { return nil }
        for (key, value) in root where key.scalar?.string == "input" { return JSON(value) }
        return nil
    }
}

extension JSON {
    /// As values are read in the language: what is a number, `true`, `false` or `null` in JSON is one, unless in quotes.
    fileprivate init(_ node: Node) {
        switch node {
        case .scalar(let scalar):
            let isPlain = scalar.style == .plain || scalar.style == .any
            self =
                switch isPlain ? scalar.string : "" {
                case "true": .bool(true)
                case "false": .bool(false)
                case "null": .null
                default: isPlain ? JSON(numberText: scalar.string) ?? .string(scalar.string) : .string(scalar.string)
                }
        case .sequence(let items): self = .array(items.map { JSON($0) })
        case .mapping(let members):
            var object = JSON.Object()
            for (key, value) in members { object[key.scalar?.string ?? ""] = JSON(value) }
            self = .object(object)
        case .alias: self = .null
        }
    }
}
