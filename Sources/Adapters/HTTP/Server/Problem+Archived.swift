internal import SagaAPI
internal import SagaCore
internal import SagaEngine
internal import SagaValues

extension Problem {
    /// The saga was there, and is in a file now.
    init(_ archived: ArchivedSaga) {
        self.init(
            code: "SAGA-0262", title: "The saga is in the archive", status: 410,
            detail:
                "saga \(archived.id) ended as \(archived.status.rawValue) at \(archived.endedAt) and was archived, in "
                + "\(archived.file.split(separator: "/").last ?? "a file")",
            saga: archived.id)
    }
}
