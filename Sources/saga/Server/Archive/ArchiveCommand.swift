public import ArgumentParser
internal import Foundation
internal import Postgres
internal import PostgresStore
internal import SagaEngine
internal import SagaValues

public struct ArchiveCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "archive", abstract: "Write sagas that ended long ago to files, and drop them from the database.",
        usage:
            "saga archive --to <path> [--before <time>] [--workflow <name> ...] [--dry-run] [--config <file>] [--<setting> <value> ...]",
        discussion: """
            It works on the database itself, with the settings of "saga serve" (postgres.*, archive.*). Nothing is dropped \
            before its file was read again and found to be what was written. Open sagas stay, with all that belongs to them. \
            Killed, it goes on where it was when it is started again.
            """)

    @Option(help: "A folder, which gets a file for each ten thousand sagas, or a file.", completion: .file())
    var to: String
    @Option(
        help:
            "Only what ended before this time: 2026-08-01T00:00:00Z, or 90d for ninety days ago. Left out, as archive.after says."
    )
    var before: String?
    @Option(help: "Only sagas of this workflow, with their children; may be given several times.")
    var workflow: [String] = []
    @Flag(help: "Only say how much there is to do.")
    var dryRun = false
    @Option(help: "A YAML file with settings.")
    var config: String?
    @Argument(parsing: .allUnrecognized, help: .hidden)
    var settings: [String] = []

    public init() {}

    public func run() async throws {
        let (postgres, archive): (PostgresConfiguration, ArchiveConfiguration)
        do {
            (postgres, archive) = try ServerConfiguration.readForArchive(
                file: config, flags: settings, environment: ProcessInfo.processInfo.environment)
        } catch {
            throw Refusal("nothing is archived: \(error)")
        }
        let (store, archivist) = (PostgresStore(postgres, readers: 2), PostgresArchivist(postgres))
        let result = await Result { try await archiveAll(store, archivist, archive) }
        await archivist.close()
        await store.close()
        do {
            try result.get()
        } catch let error as ArchiveError {
            throw Refusal("\(error)")
        } catch let error as StoreError {
            throw Refusal("the database: \(error.message)")
        }
    }

    private func archiveAll(
        _ store: PostgresStore, _ archivist: PostgresArchivist, _ archive: ArchiveConfiguration
    ) async throws {
        let now = try await archivist.now()
        let policy = try policy(archive, now, try await store.workflows(ids: nil))
        if dryRun { return try await rehearse(archivist, policy) }
        let author = AuditRecord.Author(
            subject: ProcessInfo.processInfo.userName, credential: "database", role: "saga archive", address: nil)
        let report = try await ArchiveRun(
            store: store, archivist: archivist, target: ArchiveTarget(to), policy: policy, keysKept: archive.keysKept,
            author: author
        ) { FileHandle.standardError.write(Data(($0 + "\n").utf8)) }.run()
        for file in report.files { print(file) }
        let partitions = report.partitions.isEmpty ? "" : ", \(report.partitions.count) weeks of history dropped whole"
        let stayed = report.passedOver == 0 ? "" : ", \(report.passedOver) stay"
        print("\(report.sagas) sagas written, \(report.dropped) dropped\(stayed)\(partitions)")
    }

    private func rehearse(_ archivist: PostgresArchivist, _ policy: ArchivePolicy) async throws {
        print("\(try await archivist.count(policy)) sagas would be archived, with all that are parts of them")
        guard let last = policy.last else { return }
        for partition in try await archivist.oldPartitions(before: last) {
            print(
                partition.sagas == 0
                    ? "\(partition.name) would be dropped: no saga of that week is left"
                    : "\(partition.name) has \(partition.sagas) sagas; it goes when none of them is left")
        }
    }

    func policy(
        _ archive: ArchiveConfiguration, _ now: Timestamp, _ deployed: [WorkflowRecord]
    ) throws -> ArchivePolicy {
        let names = Set(workflow)
        if let before {
            let time = Timestamp(iso8601: before) ?? Duration(sagaText: before).map { now - $0 }
            guard let time else {
                throw ValidationError("--before must be a time such as 2026-08-01T00:00:00Z, or an age such as 90d")
            }
            guard time <= now else { throw ValidationError("--before lies in the future") }
            return names.isEmpty
                ? ArchivePolicy(before: time)
                : ArchivePolicy(
                    before: nil, workflows: Dictionary(uniqueKeysWithValues: names.map { ($0, time) }))
        }
        var known = Retentions()
        let retentions = known.read(deployed)
        return names.isEmpty
            ? archive.policy(at: now, retentions)
            : archive.policy(at: now, retentions, only: names, of: deployed)
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
