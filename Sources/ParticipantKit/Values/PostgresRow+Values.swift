public import Postgres
public import SagaValues

extension PostgresRow {
    /// A `numeric` as an exact decimal; its scale is kept.
    ///
    /// - Throws: ``ParticipantError/Code/outOfRange`` for what ``ExactDecimal`` cannot hold, `NaN` included,
    ///   and `PostgresError` for another type or NULL.
    public func decimal(_ column: Int) throws -> ExactDecimal {
        let text = try numeric(column)
        guard let value = ExactDecimal(text) else {
            throw ParticipantError(
                .outOfRange, "column \(column) holds a numeric beyond the limits of an exact decimal")
        }
        return value
    }
}

extension PostgresParameter {
    /// For a `numeric` parameter.
    public static func decimal(_ value: ExactDecimal) -> PostgresParameter {
        .numeric(value.description)
    }
}

extension PostgresRows {
    /// The row of a statement that always gives exactly one.
    ///
    /// - Throws: ``ParticipantError/Code/unexpectedResult`` otherwise.
    public var only: PostgresRow {
        get throws {
            guard count == 1, let row = first else {
                throw ParticipantError(.unexpectedResult, "a statement that gives one row gave \(count)")
            }
            return row
        }
    }
}
