internal import Logging
internal import PostgresStore
internal import SagaEngine
internal import ServiceLifecycle

/// Archives what is old enough, for as long as the node runs, if a folder is configured.
///
/// Of several nodes the first that gets to it does it: the others find it taken, and look again later.
struct ArchiveKeeper: Service {
    let store: PostgresStore
    let archivist: PostgresArchivist
    let configuration: ArchiveConfiguration
    let folder: String
    let nodeName: String
    let log: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var retentions = Retentions()
            while !Task.isCancelled {
                await archive(&retentions)
                try? await Task.sleep(for: configuration.interval)
            }
        }
        await archivist.close()
    }

    private func archive(_ known: inout Retentions) async {
        do {
            let now = try await archivist.now()
            let retentions = known.read(try await store.workflows(ids: nil))
            let report = try await ArchiveRun(
                store: store, archivist: archivist, target: .folder(folder),
                policy: configuration.policy(at: now, retentions),
                keysKept: configuration.keysKept,
                author: .init(subject: nodeName, credential: "node", role: "node", address: nil)
            ) { log.debug("archive", metadata: ["progress": "\($0)"]) }.run()
            guard report != ArchiveRun.Report() else { return }
            log.notice(
                "sagas are archived",
                metadata: [
                    "files": "\(report.files.count)", "sagas": "\(report.sagas)", "dropped": "\(report.dropped)",
                    "partitions": "\(report.partitions.count)", "stayed": "\(report.passedOver)",
                ])
        } catch {
            guard !Task.isCancelled, (error as? ArchiveError)?.isBusy != true else { return }
            log.error("sagas cannot be archived; it is tried again", metadata: ["error": "\(error)"])
        }
    }
}
