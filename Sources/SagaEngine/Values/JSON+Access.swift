extension JSON {
    /// The member of that name, or nil when there is none or this is no object.
    public subscript(name: String) -> JSON? {
        objectValue?[name]
    }

    /// The element at that index, or nil when there is none or this is no array.
    public subscript(index: Int) -> JSON? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    /// Whether this is JSON's `null`.
    public var isNull: Bool {
        if case .null = self { true } else { false }
    }

    /// The truth value, or nil when this is none.
    public var boolValue: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The string, or nil when this is none.
    public var stringValue: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// The number exactly as it was written.
    public var numberText: String? {
        if case .number(let text) = self { text } else { nil }
    }

    /// The elements, or nil when this is no array.
    public var arrayValue: [JSON]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The members, or nil when this is no object.
    public var objectValue: Object? {
        if case .object(let object) = self { object } else { nil }
    }
}
