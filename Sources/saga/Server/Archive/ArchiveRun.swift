internal import Foundation
internal import Glibc
internal import PostgresStore
internal import SagaCore
internal import SagaEngine
internal import SagaValues
internal import Synchronization
internal import Workflows

/// Archives what a policy says, from the first look to the last partition.
///
/// A file is written under another name, read again as a whole, and registered with its digest; only then it gets its name,
/// and what stands in it is dropped, as the file says and not as memory does. Wherever that is killed, the next run goes on: a
/// file that is not registered is thrown away, one that is has its sagas dropped.
struct ArchiveRun: Sendable {
    let store: PostgresStore
    let archivist: PostgresArchivist
    let target: ArchiveTarget
    let policy: ArchivePolicy
    /// For how long the keys of archived sagas are known, from the end of the saga on.
    let keysKept: Duration
    /// Who archives, for the audit.
    let author: AuditRecord.Author
    /// Told how far it is.
    var tell: @Sendable (String) -> Void = { _ in }
    /// For tests that kill it.
    var checkpoint: @Sendable (Checkpoint) throws -> Void = { _ in }
    var sagasPerFile = 10_000
    var bytesPerFile = 256 << 20
    /// How many sagas are dropped in one transaction, unless one family has more.
    var dropSize = 200
    var pageSize = 200

    /// Where a kill would leave something half done.
    enum Checkpoint: Hashable { case written, registered, named, droppedSome, dropped }

    struct Report: Sendable, Hashable {
        var files: [String] = []
        var sagas = 0
        var dropped = 0
        /// Families that stay, since they could not be written.
        var passedOver = 0
        var partitions: [String] = []
        var keysForgotten = 0
    }

    /// - Throws: ``ArchiveError``, or ``StoreError`` if the store is away; what was done until then counts.
    func run() async throws -> Report {
        guard try await archivist.begin() else { throw ArchiveError.busy }
        do {
            let report = try await archive()
            await archivist.end()
            return report
        } catch {
            await archivist.end()
            throw error
        }
    }

    private func archive() async throws -> Report {
        var report = Report()
        try target.prepare()
        let isFileDone = try await resume(&report)
        var place: SagaFamily.Place?
        repeat {
            if isFileDone { break }
            guard let written = try await write(after: &place, &report) else { break }
            try await drop(written.archive, written.content.families, &report)
            try Task.checkCancellation()
        } while target.isFolder
        try await dropPartitions(&report)
        let limit = 1_000
        let before = try await archivist.now() - keysKept
        while true {
            let forgotten = try await archivist.forgetKeys(endedBefore: before, limit: limit)
            report.keysForgotten += forgotten
            if forgotten < limit { break }
        }
        return report
    }

    // MARK: What was left

    /// Goes on with files that were registered and whose sagas may not all be dropped. True if the one file that was asked for
    /// is among them.
    private func resume(_ report: inout Report) async throws -> Bool {
        let unfinished = try await archivist.unfinished()
        target.sweep(except: Set(unfinished.map(\.file)))
        var isFileDone = false
        for archive in unfinished {
            let manager = FileManager.default
            if !manager.fileExists(atPath: archive.file) {
                guard manager.fileExists(atPath: archive.file + ArchiveWriter.suffix) else {
                    tell("\(archive.file) is not here; its sagas that are still there are archived anew")
                    continue
                }
                try name(archive.file)
            }
            let content = try ArchiveFile.verify(archive.file)
            guard content.digest == archive.digest else {
                throw ArchiveError.damaged(archive.file, "its digest is not the one that was registered")
            }
            tell("going on with \(archive.file)")
            try await drop(archive, content.families, &report)
            isFileDone = isFileDone || target == .file(archive.file)
        }
        return isFileDone
    }

    private func name(_ path: String) throws(ArchiveError) {
        guard rename(path + ArchiveWriter.suffix, path) == 0 else { throw .file(path, "name", errno) }
        try ArchiveFile.syncFolder(of: path)
    }

    // MARK: Writing

    /// Writes the next file; nil if there is nothing for it.
    private func write(
        after place: inout SagaFamily.Place?, _ report: inout Report
    ) async throws -> (archive: WrittenArchive, content: ArchiveFile.Content)? {
        var writer: ArchiveWriter?
        do {
            pages: while true {
                let (families, last) = try await archivist.families(policy, after: place, limit: pageSize)
                for family in families {
                    if target.isFolder, let writer, writer.sagas >= sagasPerFile || writer.bytes >= bytesPerFile {
                        break pages
                    }
                    try Task.checkCancellation()
                    if let lines = try await lines(of: family) {
                        if writer == nil { writer = try ArchiveWriter(try target.path(of: family)) }
                        for line in lines { try writer?.append(line.json, of: family.root, line.workflows) }
                    } else {
                        report.passedOver += 1
                    }
                    place = family.place
                }
                tell("\(writer?.sagas ?? 0) sagas written")
                guard let last else { break }
                place = last
            }
        } catch {
            writer?.discard()
            throw error
        }
        guard var writer, writer.sagas > 0 else { return nil }
        try writer.end()
        try checkpoint(.written)
        let content = try ArchiveFile.verify(writer.partial)
        guard content.sagas == writer.sagas, content.bytes == writer.bytes else {
            throw ArchiveError.damaged(writer.partial, "it has not what was written to it")
        }
        let archive = try await archivist.register(
            file: writer.path, sagas: content.sagas, bytes: content.bytes, digest: content.digest)
        try checkpoint(.registered)
        try name(writer.path)
        try checkpoint(.named)
        report.files.append(writer.path)
        report.sagas += content.sagas
        return (archive, content)
    }

    /// The lines of a family, the root first; nil if it has to stay.
    private func lines(of family: SagaFamily) async throws -> [(json: JSON, workflows: [Workflow])]? {
        var lines: [(json: JSON, workflows: [Workflow])] = []
        for member in family.members {
            guard let summary = try await store.summary(member.id), summary.row.revision == member.revision,
                summary.row.endedAt != nil
            else { return nil }
            do {
                let workflow = try await workflow(summary.origin.workflowID)
                let export = try await SagaExport(summary, from: store)
                guard export.history.count == member.revision else { return nil }
                let former = try await versions(of: export, before: workflow)
                let json = try export.json(workflow, isSelfContained: false) { former[$0] }
                lines.append((json, former.values.sorted { $0.plan.version < $1.plan.version } + [workflow]))
            } catch let error as StoreError where error.code == .tooMuch || error.code == .broken {
                tell("saga \(member.id) stays: \(error.message)")
                return nil
            } catch let error as WorkflowErrors {
                tell("saga \(member.id) stays: its workflow cannot be compiled by this program: \(error)")
                return nil
            }
        }
        return lines
    }

    /// Those that a saga has left, by their numbers.
    private func versions(of export: SagaExport, before workflow: Workflow) async throws -> [Int: Workflow] {
        guard let plan = workflow.plan(ofBody: export.summary.origin.parent?.body), let saga = export.saga(plan),
            !saga.left.isEmpty
        else { return [:] }
        let wanted = Set(saga.left.map(\.version))
        var versions: [Int: Workflow] = [:]
        for record in try await store.workflows(ids: nil)
        where record.workflow == plan.workflow && wanted.contains(record.version) {
            versions[record.version] = try await self.workflow(record.id)
        }
        return versions
    }

    private func workflow(_ id: Int32) async throws -> Workflow {
        if let known = compiled.workflow(id) { return known }
        guard let record = try await store.workflows(ids: [id]).first else {
            throw StoreError(.broken, "its workflow is not there")
        }
        let workflow = try Workflow.compile(record.source, file: "\(record.workflow) version \(record.version)")
        compiled.keep(workflow, id)
        return workflow
    }

    private let compiled = CompiledWorkflows()

    // MARK: Dropping

    private func drop(
        _ archive: WrittenArchive, _ families: [SagaFamily], _ report: inout Report
    ) async throws {
        var dropped = 0
        for batch in batches(of: families) {
            dropped += try await archivist.drop(batch, standingIn: archive)
            tell("\(dropped) of \(archive.sagas) sagas dropped")
            try checkpoint(.droppedSome)
            try Task.checkCancellation()
        }
        report.dropped += dropped
        try checkpoint(.dropped)
        try await record(archive, dropped)
        try await archivist.finish(archive)
    }

    /// As many as are dropped in one transaction. A family goes as a whole.
    private func batches(of families: [SagaFamily]) -> [[SagaFamily]] {
        var batches: [[SagaFamily]] = []
        var size = dropSize
        for family in families {
            if size >= dropSize {
                batches.append([])
                size = 0
            }
            batches[batches.count - 1].append(family)
            size += family.members.count
        }
        return batches
    }

    private func record(_ archive: WrittenArchive, _ dropped: Int) async throws {
        let now = try await archivist.now()
        try await store.audit([
            AuditRecord(
                at: now, author: author, verb: "archive", outcome: .done, tenant: nil, reason: "",
                detail: [
                    "file": .string(archive.file), "sagas": JSON(archive.sagas), "dropped": JSON(dropped),
                    "digest": .string(archive.digest.hexadecimal),
                ])
        ])
    }

    private func dropPartitions(_ report: inout Report) async throws {
        guard let last = policy.last else { return }
        for partition in try await archivist.oldPartitions(before: last) where partition.sagas == 0 {
            do throws(StoreError) {
                guard try await archivist.dropPartition(partition.name, before: last) else { continue }
                report.partitions.append(partition.name)
                tell("\(partition.name) is dropped")
            } catch {
                guard [.blocked, .contention].contains(error.code) else { throw error }
                tell("\(partition.name) stays for now: \(error.message)")
            }
        }
    }
}

/// Those that were compiled in this run.
final class CompiledWorkflows: Sendable {
    private let workflows = Mutex<[Int32: Workflow]>([:])

    func workflow(_ id: Int32) -> Workflow? { workflows.withLock { $0[id] } }
    func keep(_ workflow: Workflow, _ id: Int32) { workflows.withLock { $0[id] = workflow } }
}
