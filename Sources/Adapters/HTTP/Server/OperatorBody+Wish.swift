internal import SagaAPI
internal import SagaCore
internal import SagaEngine
internal import SagaValues

extension OperatorBody {
    /// What it asks of a saga.
    func wish(_ verb: Verb) throws(Problem) -> OperatorRequest.Verb {
        func named() throws(Problem) -> String {
            guard let step else { throw .badRequest("\(verb.rawValue) needs the name of a \"step\"") }
            return step
        }
        guard (output ?? patch).map({ $0.bytes.count <= Limits.input }) ?? true else {
            throw .tooLarge("an output or a patch may have \(Limits.input) bytes at most")
        }
        guard patch.map({ $0.objectValue != nil }) ?? true else {
            throw .badRequest("a \"patch\" is an object with the members that change, null to remove one")
        }
        switch verb {
        case .compensate: return .compensate
        case .pause: return .pause
        case .resume: return .resume
        case .abandon: return .abandon
        case .approve: return .approve(step: step, isGiven: true)
        case .refuse: return .approve(step: step, isGiven: false)
        case .retry:
            guard let patch else { return .retry(step: step) }
            return .retryPatched(step: try named(), patch)
        case .patch:
            guard let patch else {
                throw .badRequest("patch needs a \"patch\": an object with the members that change, null to remove one")
            }
            return .patch(step: try named(), patch)
        case .skip: return .skip(step: try named(), output: output, isForced: force ?? false)
        case .migrate:
            guard let version else { throw .badRequest("migrate needs the \"version\" to go on by") }
            try Problem.checkVersion(version)
            return .migrate(version: version)
        case .resolve:
            let outcomes = SagaEvent.Resolution.allCases.map(\.rawValue).joined(separator: ", ")
            guard let outcome = outcome.flatMap(SagaEvent.Resolution.init) else {
                throw .badRequest("resolve needs an \"outcome\", one of \(outcomes)")
            }
            guard output == nil || outcome == .done else {
                throw .badRequest("only a step that is done has an output")
            }
            return .resolve(step: try named(), outcome, output: output)
        }
    }
}
