public import SagaValues

extension Expression {
    /// The value of the expression.
    ///
    /// It never traps, and ends within its budget: a bare reference gives the value as it came in, digits and all.
    ///
    /// - Parameters:
    ///   - value: gives the value of a variable by its index in ``variables``, or nil when it has none. It is asked
    ///     once for each, before anything is evaluated.
    ///   - budget: in steps and bytes.
    /// - Throws: why there is no value, and where.
    public func evaluate(
        budget: EvaluationBudget = .default, _ value: (Int) -> JSON?
    ) throws(EvaluationError) -> JSON {
        var evaluator = Evaluator(names: variables, values: variables.indices.map(value), budget: budget)
        let result = try evaluator.evaluate(root)
        return try evaluator.finished(result, root.range)
    }

    /// The value of the expression, with the variables by their names.
    public func evaluate(
        _ values: [String: JSON], budget: EvaluationBudget = .default
    ) throws(EvaluationError) -> JSON {
        try evaluate(budget: budget) { values[variables[$0]] }
    }
}
