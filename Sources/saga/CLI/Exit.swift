internal import ArgumentParser
internal import SagaAPI

/// For commands of other modules, so that they end as all do.
public enum CommandExit {
    public static func run(_ body: () async throws -> Void) async throws {
        try await Exit.run {
            try await body()
            return 0
        }
    }
}

/// How commands end: ``ExitStatus`` has the numbers.
enum Exit {
    /// Everything that a command throws becomes one message on standard error and a documented status.
    static func run(_ body: () async throws -> Int32) async throws {
        let status: Int32
        do {
            status = try await body()
        } catch let error as Advised {
            try report(error.error, advice: error.advice)
        } catch {
            try report(error, advice: nil)
        }
        if status != 0 { throw ExitCode(status) }
    }

    /// What is no refusal and no failure to ask is left to the parser of the command line.
    private static func report(_ error: any Error, advice: String?) throws -> Never {
        let status: ExitStatus
        switch error {
        case let problem as Problem:
            let next = NextCommand.after(problem.code).map { "\nNext: \($0)" } ?? ""
            Terminal.error("\(Terminal.clean(problem.title)): \(problem.text)\(next) [\(problem.code)]")
            status = .refused
        case let error as ClientError:
            Terminal.error("\(error)")
            status = .unreachable
        case let error as ProfileError:
            Terminal.error("\(error)")
            status = error.code == .notConfirmed ? .refused : .unreachable
        default: throw error
        }
        if let advice { Terminal.error(advice) }
        throw ExitCode(status.rawValue)
    }

    /// Whether a request that ended so may have been carried out all the same.
    static func leavesUnknown(_ error: any Error) -> Bool {
        switch error {
        case ClientError.unreachable, ClientError.strange: true
        case let problem as Problem: problem.status >= 500
        default: false
        }
    }

    /// Whether a saga did what was wanted, ended otherwise, or is still open.
    static func code(of saga: SagaListItem) -> Int32 {
        guard saga.endedAt != nil else { return ExitStatus.stillOpen.rawValue }
        return (saga.status == "completed" ? ExitStatus.done : .endedOtherwise).rawValue
    }
}

/// An error, and what to do next.
struct Advised: Error {
    let error: any Error
    let advice: String
}

extension Problem {
    /// The detail, line by line, without control characters.
    fileprivate var text: String {
        // The server speaks of headers, which nobody writes here.
        if status == 401 {
            return "the server does not take this token: it is wrong, expired or revoked; set SAGA_TOKEN to another one"
        }
        return detail.split(separator: "\n", omittingEmptySubsequences: false).map { Terminal.clean(String($0)) }
            .joined(separator: "\n")
    }
}
