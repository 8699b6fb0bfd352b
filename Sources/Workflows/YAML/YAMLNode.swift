/// A part of a YAML file: what it says, and where. Only what the language allows can be represented.
package struct YAMLNode {
    package let position: Position
    package let content: Content
    /// How many lists and maps stand in each other here; 0 for a scalar.
    let depth: Int

    init(position: Position, content: Content) {
        self.position = position
        self.content = content
        depth =
            switch content {
            case .scalar, .broken: 0
            case .list(let items): 1 + (items.lazy.map(\.depth).max() ?? 0)
            case .map(let map): 1 + (map.entries.lazy.map(\.value.depth).max() ?? 0)
            }
    }

    package indirect enum Content {
        case scalar(YAMLScalar)
        case list([YAMLNode])
        case map(YAMLMap)
        /// A finding has been reported here; whoever reads on says nothing more about it.
        case broken
    }

    /// Nothing stands there: `key:`.
    package var isEmpty: Bool {
        if case .scalar(let scalar) = content { scalar.isEmpty } else { false }
    }

    package var map: YAMLMap? {
        if case .map(let map) = content { map } else { nil }
    }

    /// In a message: what this is.
    package var kind: String {
        switch content {
        case .scalar(let scalar): scalar.isEmpty ? "nothing" : quoted(scalar.text)
        case .list: "a list"
        case .map: "a map"
        case .broken: "something else"
        }
    }
}

/// Text as it was written; what it means depends on what is expected, never on YAML's own guess.
package struct YAMLScalar {
    package enum Style {
        case plain, quoted, block
    }

    package let text: String
    package let style: Style

    package var isEmpty: Bool { style == .plain && text.isEmpty }
}

package struct YAMLEntry {
    package let key: String
    package let keyPosition: Position
    package let value: YAMLNode

    /// Where to point when the value is wrong: at it, or at the key where there is none.
    package var position: Position { value.isEmpty ? keyPosition : value.position }
}

/// Entries in the order of the file; no key stands twice.
package struct YAMLMap {
    package let entries: [YAMLEntry]
    /// False when entries were left out, with a finding.
    let isComplete: Bool

    /// For the few keys of the language; walks the entries.
    package subscript(key: String) -> YAMLEntry? {
        entries.first { $0.key == key }
    }
}

/// A string as a key that is told apart by its bytes, as JSON and the broker do, and not by canonical equivalence.
struct ByteKey: Hashable {
    let bytes: [UInt8]

    init(_ text: String) {
        bytes = Array(text.utf8)
    }
}
