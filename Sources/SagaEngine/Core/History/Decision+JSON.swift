public import SagaValues

/// How a history tells what was decided: `{"proceed": true}`, `{"case": 1}`, `{"items": 12}`, `{"until": "…"}`, or the
/// error of an expression that has no value.
extension SagaEvent.Decision {
    public var json: JSON {
        switch self {
        case .proceed: ["proceed": true]
        case .skip: ["proceed": false]
        case .chosen(let index): ["case": index.map { .number(String($0)) } ?? .null]
        case .until(let time): ["until": .string(time.description)]
        case .items(let count): ["items": .number(String(count))]
        case .failed(let error): ["code": .string(error.code), "message": .string(error.message)]
        }
    }

    init?(_ json: JSON) {
        if let holds = json["proceed"]?.boolValue {
            self = holds ? .proceed : .skip
        } else if let index = json["case"] {
            guard index.isNull || index.int64Value != nil else { return nil }
            self = .chosen(index.int64Value.map { Int($0) })
        } else if let count = json["items"]?.int64Value {
            self = .items(Int(count))
        } else if let text = json["until"]?.stringValue, let time = Timestamp(iso8601: text) {
            self = .until(time)
        } else if let code = json["code"]?.stringValue, let message = json["message"]?.stringValue {
            self = .failed(StepError(code: code, message: message))
        } else {
            return nil
        }
    }
}
