extension PostgresError.Code {
    /// The code of a SQLSTATE: the exact one where it matters, else its class.
    init(sqlState: String) {
        switch sqlState {
        case "40001": self = .serializationFailure
        case "40P01": self = .deadlock
        case "40002": self = .integrityViolation
        case "40003": self = .outcomeUnknown
        case "55P03": self = .lockTimeout
        case "57014": self = .cancelled
        case "23502": self = .notNullViolation
        case "23503": self = .foreignKeyViolation
        case "23505": self = .uniqueViolation
        case "23514", "44000": self = .checkViolation
        case "25006": self = .readOnly
        case "25P02": self = .rolledBack
        case "25P03", "57P05": self = .connectionLost
        case "42501": self = .insufficientPrivilege
        case "53100": self = .diskFull
        case "53300": self = .tooManyConnections
        default: self = Self.ofClass(sqlState.prefix(2))
        }
    }

    private static func ofClass(_ class: Substring) -> PostgresError.Code {
        switch `class` {
        case "08": .connectionLost
        case "22": .invalidData
        case "23": .integrityViolation
        case "28": .authenticationFailed
        case "3D": .databaseMissing
        case "40": .serializationFailure
        case "53": .outOfResources
        case "57": .shuttingDown
        case "58", "F0", "XX": .serverFault
        case "P0", "38", "39", "2F": .raised
        default: .badSQL
        }
    }
}

/// Keeps what must not be read out of messages.
enum Scrubbing {
    /// Cuts the data out of the messages of class 22, the only ones that quote it: `invalid input syntax
    /// for type numeric: "12,50"` and `value "99999" is out of range for type smallint`.
    static func withoutValues(_ message: String, sqlState: String) -> String {
        guard sqlState.hasPrefix("22") else { return message }
        let bytes = Array(message.utf8)
        let quote = UInt8(ascii: "\"")
        var start = 0
        while let open = bytes[start...].firstIndex(of: quote) {
            guard namesFollow.contains(where: { bytes[..<open].reversed().starts(with: $0) }),
                let end = bytes[(open + 1)...].firstIndex(of: quote)
            else {
                // To the last quote: the value may contain some itself.
                let close = bytes.lastIndex(of: quote)!
                return String(decoding: bytes[..<open] + Array("…".utf8) + bytes[(close + 1)...], as: UTF8.self)
            }
            start = end + 1
        }
        return message
    }

    /// Words before the quotes that hold a name instead, spelt backwards as they are looked for.
    private static let namesFollow = ["encoding ", "column ", "function ", "relation "].map {
        Array($0.utf8.reversed())
    }

    /// A single line without the password, whoever put it there.
    static func withoutPassword(_ message: String, _ password: String?) -> String {
        guard let password, !password.isEmpty else { return message }
        return message.split(separator: password, omittingEmptySubsequences: false).joined(separator: "••••")
    }
}
