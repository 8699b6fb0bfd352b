internal import ArgumentParser
internal import SagaAPI

/// How commands end. The numbers are documented in docs/CLI.md.
enum Exit {
    /// Everything that a command throws becomes one message on standard error and a documented status.
    static func run(_ body: () async throws -> Int32) async throws {
        let status: Int32
        do {
            status = try await body()
        } catch let problem as Problem {
            Terminal.error("\(Terminal.clean(problem.title)): \(problem.text) [\(problem.code)]")
            throw ExitCode(1)
        } catch let error as ClientError {
            Terminal.error("\(error)")
            throw ExitCode(2)
        }
        if status != 0 { throw ExitCode(status) }
    }

    /// 0 for a saga that did what was wanted, 3 for one that ended otherwise, 4 for one that is still open.
    static func code(of saga: SagaListItem) -> Int32 {
        guard saga.endedAt != nil else { return 4 }
        return saga.status == "completed" ? 0 : 3
    }
}

extension Problem {
    /// The detail, line by line, without control characters.
    fileprivate var text: String {
        detail.split(separator: "\n", omittingEmptySubsequences: false).map { Terminal.clean(String($0)) }
            .joined(separator: "\n")
    }
}
