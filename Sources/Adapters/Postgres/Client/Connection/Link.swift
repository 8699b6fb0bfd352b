internal import CPostgres
internal import Glibc

/// One libpq connection, closed with its last reference. Touched only by the actor that owns it.
final class Link {
    let raw: OpaquePointer
    var prepared = PreparedStatements()
    /// The server has announced the session's end. What is not an answer reaches us only as a notice.
    private var wasEnded = false

    /// Takes over `raw`.
    init(_ raw: OpaquePointer) {
        self.raw = raw
        // Without a receiver libpq would print notices to the standard error stream.
        PQsetNoticeReceiver(
            raw,
            { link, notice in
                guard let link, let severity = PQresultErrorField(notice, Int32(cpostgres_diag_severity)) else {
                    return
                }
                if strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0 {
                    Unmanaged<Link>.fromOpaque(link).takeUnretainedValue().wasEnded = true
                }
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit {
        PQfinish(raw)
    }

    /// May change while the connection is made.
    var socket: Int32 { PQsocket(raw) }
    var isIntact: Bool { PQstatus(raw) == CONNECTION_OK }
    var transaction: PGTransactionStatusType { PQtransactionStatus(raw) }

    /// The first line of libpq's own message.
    var message: String {
        let text = PQerrorMessage(raw).map { String(cString: $0) } ?? ""
        return text.split(separator: "\n").first.map(String.init) ?? "no reason given"
    }

    /// Whether the server has hung up, or said its last word, while the connection lay idle. Sending on
    /// such a connection would leave it unknown whether the server did the work.
    func wasLostWhileIdle() -> Bool {
        for _ in 0..<16 {
            if wasEnded { return true }
            var byte: UInt8 = 0
            let count = recv(socket, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
            if count < 0 { return errno != EAGAIN && errno != EINTR }
            if count == 0 || PQconsumeInput(raw) == 0 { return true }
            // Takes in notices and changed settings.
            _ = PQisBusy(raw)
        }
        return true
    }
}

/// What has been prepared on one connection.
///
/// A statement may have several variants, which differ in the types of their parameters. A NULL fits any
/// type, and a new variant takes over what is known of the older ones, so their number stays small.
struct PreparedStatements {
    struct Variant {
        let name: String
        let typeIDs: [UInt32]

        func fits(_ wanted: [UInt32]) -> Bool {
            guard wanted.count == typeIDs.count else { return false }
            for index in wanted.indices where wanted[index] != 0 && wanted[index] != typeIDs[index] {
                return false
            }
            return true
        }
    }

    private struct Entry {
        let sql: String
        var variants: [Variant] = []
        var made = 0
    }

    private var entries: [String: Entry] = [:]

    func variant(of statement: PostgresStatement, _ typeIDs: [UInt32]) -> Variant? {
        entries[statement.name]?.variants.first { $0.fits(typeIDs) }
    }

    /// A new variant, which counts only once it was ``add(_:to:)``ed.
    mutating func propose(_ statement: PostgresStatement, _ typeIDs: [UInt32]) throws(PostgresError) -> Variant {
        var entry = entries[statement.name] ?? Entry(sql: statement.sql)
        guard entry.sql == statement.sql else {
            throw PostgresError(.badSQL, "two different statements share the name \(statement.name)")
        }
        entry.made += 1
        var merged = typeIDs
        if let known = entry.variants.last?.typeIDs, known.count == merged.count {
            for index in merged.indices where merged[index] == 0 { merged[index] = known[index] }
        }
        entries[statement.name] = entry
        return Variant(name: "\(statement.name)_\(entry.made)", typeIDs: merged)
    }

    mutating func add(_ variant: Variant, to name: String) {
        entries[name]?.variants.append(variant)
    }

    /// The server no longer knows it, or can no longer run it because a table has changed.
    mutating func forget(_ name: String) {
        entries[name]?.variants = []
    }
}
