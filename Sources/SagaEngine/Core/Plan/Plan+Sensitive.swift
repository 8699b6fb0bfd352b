public import SagaValues

extension Plan {
    /// A value as people may see it: what stands at a sensitive place is hidden, and that something stands there shows.
    ///
    /// - Parameter root: what the value is: the input, or the output of a step.
    public func masked(_ value: JSON, of root: Reference.Root) -> JSON {
        sensitive.reduce(value) { value, place in
            place.root == root ? value.masked(at: place.path[...]) : value
        }
    }

    /// A body that a step sends, as people may see it: nothing of one that is made of what nobody may see.
    public func maskedBody(_ body: JSON, of step: Int) -> JSON {
        var isSensitive = false
        steps[step].input?.forEachReference { reference in
            isSensitive =
                isSensitive
                || sensitive.contains { place in
                    place.root == reference.root && zip(place.path, reference.path).allSatisfy { $0 == $1 }
                }
        }
        return isSensitive ? Plan.mask : body
    }

    /// What stands in for a value that nobody may see.
    public static let mask = JSON.string("***")
}

extension JSON {
    /// A list on the way hides as a whole.
    fileprivate func masked(at path: ArraySlice<Reference.Component>) -> JSON {
        guard let next = path.first else { return isNull ? self : Plan.mask }
        switch (self, next) {
        case (.object(var object), .member(let name)):
            guard let member = object[name] else { return self }
            object[name] = member.masked(at: path.dropFirst())
            return .object(object)
        case (.array, _): return Plan.mask
        case (.object, .element), (.null, _), (.bool, _), (.number, _), (.string, _): return self
        }
    }
}
