internal import SagaCore
public import SagaValues

extension OperatorRequest.Verb {
    /// As a job keeps it.
    public var json: JSON {
        var members: JSON.Object = ["verb": .string(word)]
        members["step"] = step.map { .string($0) }
        switch self {
        case .retryPatched(_, let patch), .patch(_, let patch): members["patch"] = patch
        case .skip(_, let output, let isForced):
            members["output"] = output
            if isForced { members["force"] = true }
        case .resolve(_, let resolution, let output):
            members["outcome"] = .string(resolution.rawValue)
            members["output"] = output
        case .migrate(let version): members["version"] = JSON(version)
        case .retry, .compensate, .approve, .pause, .resume, .abandon: break
        }
        return .object(members)
    }

    /// Nil for what ``json`` never gives.
    public init?(_ json: JSON) {
        let step = json["step"]?.stringValue
        switch (json["verb"]?.stringValue, step) {
        case ("retry", let step):
            guard let patch = json["patch"] else {
                self = .retry(step: step)
                return
            }
            guard let step else { return nil }
            self = .retryPatched(step: step, patch)
        case ("compensate", nil): self = .compensate
        case ("approve", let step): self = .approve(step: step, isGiven: true)
        case ("refuse", let step): self = .approve(step: step, isGiven: false)
        case ("skip", let step?):
            self = .skip(step: step, output: json["output"], isForced: json["force"]?.boolValue ?? false)
        case ("resolve", let step?):
            guard let outcome = json["outcome"]?.stringValue.flatMap(SagaEvent.Resolution.init) else { return nil }
            self = .resolve(step: step, outcome, output: json["output"])
        case ("patch", let step?):
            guard let patch = json["patch"] else { return nil }
            self = .patch(step: step, patch)
        case ("pause", nil): self = .pause
        case ("resume", nil): self = .resume
        case ("abandon", nil): self = .abandon
        case ("migrate", nil):
            guard let version = json["version"]?.int64Value, 1...Int64(Int32.max) ~= version else { return nil }
            self = .migrate(version: Int(version))
        default: return nil
        }
    }

    /// As the API and the command line have it; ``name`` says more.
    private var word: String {
        switch self {
        case .retry, .retryPatched: "retry"
        case .compensate: "compensate"
        case .approve(_, let isGiven): isGiven ? "approve" : "refuse"
        case .skip: "skip"
        case .resolve: "resolve"
        case .patch: "patch"
        case .pause: "pause"
        case .resume: "resume"
        case .abandon: "abandon"
        case .migrate: "migrate"
        }
    }
}
