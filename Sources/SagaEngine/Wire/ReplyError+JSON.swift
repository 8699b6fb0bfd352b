public import SagaValues

extension ReplyError {
    /// `{"code": …, "message": …, "details": …, "retryAfter": seconds}`
    public var json: JSON {
        var members: JSON.Object = ["code": .string(code), "message": .string(message)]
        members["details"] = details
        members["retryAfter"] = retryAfter.map(ReplyError.seconds)
        return .object(members)
    }

    /// Reads what ``json`` gives. Only the code is indispensable, and further members are tolerated.
    public init(_ json: JSON) throws(WireError) {
        guard case .object(let members) = json else {
            throw WireError(.invalidBody, "the body of such a reply is an object with a code")
        }
        guard let code = members["code"]?.stringValue, !code.isEmpty else {
            throw WireError(.invalidBody, field: "code", "the code is missing, empty or no string")
        }
        let message = members["message"] ?? ""
        guard let message = message.isNull ? "" : message.stringValue else {
            throw WireError(.invalidBody, field: "message", "the message is no string")
        }
        self.init(
            code: code, message: message, details: members["details"],
            retryAfter: try ReplyError.duration(members["retryAfter"])
        )
    }

    private static func duration(_ json: JSON?) throws(WireError) -> Duration? {
        guard let json, !json.isNull else { return nil }
        // A Double holds every microsecond of a year.
        guard let seconds = json.numberText.flatMap(Double.init),
            seconds >= 0, seconds <= Double(longestRetryAfter.components.seconds)
        else {
            throw WireError(.invalidBody, field: "retryAfter", "not a number of seconds from 0 to a year")
        }
        return .microseconds(Int64((seconds * 1_000_000).rounded()))
    }

    private static func seconds(_ duration: Duration) -> JSON {
        let microseconds = min(max(duration, .zero), longestRetryAfter).wholeMicroseconds
        var text = String(microseconds / 1_000_000)
        let fraction = microseconds % 1_000_000
        if fraction > 0 {
            var digits = String(fraction + 1_000_000).dropFirst()
            while digits.last == "0" { digits.removeLast() }
            text += "." + digits
        }
        return .number(text)
    }
}
