internal import CPostgres
internal import IOThreads
internal import SagaValues
internal import Synchronization

extension PostgresConnection {
    /// The session, made anew when there is none or it was lost.
    func ensureLink(until deadline: ContinuousClock.Instant) async throws(PostgresError) -> Link {
        if let link {
            if !link.wasLostWhileIdle() { return link }
            disconnect()
        }
        guard !isCut else { throw PostgresError(.closed, "the connection was closed") }
        let link = try await makeLink(until: min(deadline, .now + configuration.connectTimeout))
        self.link = link
        counters.generation.add(1, ordering: .releasing)
        try await setUp(link, until: deadline)
        return link
    }

    private func makeLink(until deadline: ContinuousClock.Instant) async throws(PostgresError) -> Link {
        try configuration.check()
        let addresses = try await lookUpHost(until: deadline)
        let options = configuration.libpqOptions(addresses)
        let raw = withCStrings(options.map(\.0)) { keywords in
            withCStrings(options.map(\.1)) { values in PQconnectStartParams(keywords, values, 0) }
        }
        guard let raw else { throw PostgresError(.outOfResources, "libpq is out of memory") }
        let link = Link(raw)
        // Brings the SQLSTATE into messages, the only place where libpq shows it before a session exists.
        PQsetErrorVerbosity(raw, PQERRORS_VERBOSE)
        waitingOn = link
        defer { waitingOn = nil }
        // As if the first poll had asked for it: so the manual wants it.
        var polling = link.isIntact || PQstatus(raw) != CONNECTION_BAD ? PGRES_POLLING_WRITING : PGRES_POLLING_FAILED
        while polling != PGRES_POLLING_OK {
            guard polling != PGRES_POLLING_FAILED else { throw connectFailure(link) }
            let interest: IOThread.Interest = polling == PGRES_POLLING_READING ? .readable : .writable
            switch await thread.wait(for: interest, on: link.socket, until: deadline, endsOnCancellation: true) {
            case .ready: polling = PQconnectPoll(raw)
            case .timedOut: throw unreachable("no answer in time")
            case .interrupted: throw interrupted()
            }
        }
        PQsetErrorVerbosity(raw, PQERRORS_DEFAULT)
        guard PQsetnonblocking(raw, 1) == 0, PQenterPipelineMode(raw) == 1 else { throw connectFailure(link) }
        return link
    }

    /// The session's own limits, none of which may be 0: that would mean none. By SET and not by start-up
    /// options, which poolers refuse.
    private func setUp(_ link: Link, until deadline: ContinuousClock.Instant) async throws(PostgresError) {
        let limits = """
            SET statement_timeout = \(max(1, configuration.statementTimeout.milliseconds)); \
            SET idle_in_transaction_session_timeout = \(max(1, configuration.idleInTransactionTimeout.milliseconds))
            """
        // Makes the server notice within two seconds that nobody waits for a statement any more. Servers
        // before 14, and those on some systems, do not have it.
        let noticing = limits + "; SET client_connection_check_interval = 2000"
        do {
            _ = try await runSimple(noticing, on: link, until: deadline, commits: false)
        } catch {
            guard self.link === link, error.sqlState != nil else { throw error }
            _ = try await runSimple(limits, on: link, until: deadline, commits: false)
        }
    }

    private func connectFailure(_ link: Link) -> PostgresError {
        let failure = ConnectFailure(PQerrorMessage(link.raw).map { String(cString: $0) } ?? "")
        let asksForTLS = configuration.tls != .disable
        let trouble = asksForTLS && failure.sqlState == nil ? TLSTrouble(failure.reason) : nil
        let code: PostgresError.Code =
            if let sqlState = failure.sqlState {
                PostgresError.Code(sqlState: sqlState)
            } else if trouble != nil {
                .tlsFailed
            } else if PQconnectionNeedsPassword(link.raw) == 1 {
                .authenticationFailed
            } else {
                .connectionFailed
            }
        let advice = trouble.map { "; \($0.advice(configuration))" } ?? ""
        return PostgresError(
            code == .badSQL || code == .invalidData ? .connectionFailed : code,
            scrubbed("no connection to \(configuration.place): \(failure.reason)\(advice)"),
            sqlState: failure.sqlState
        )
    }
}

/// What libpq's message about a failed attempt says.
///
/// It looks like `connection to server at "db", port 5432 failed: FATAL:  28P01: password authentication
/// failed for user "saga"` and further lines; after several addresses, the last line that names a cause
/// counts.
struct ConnectFailure {
    let sqlState: String?
    let reason: String

    init(_ message: String) {
        let lines = message.split(separator: "\n").filter {
            $0.utf8.first != UInt8(ascii: "\t") && !$0.hasPrefix("LOCATION:")
        }
        let line = lines.last { $0.hasPrefix("connection to server") } ?? lines.first ?? "no reason given"
        let cause = line.range(of: " failed: ").map { line[$0.upperBound...] } ?? line[...]
        // Severity, two spaces, SQLSTATE, message.
        guard let gap = cause.range(of: ":  ") else {
            sqlState = nil
            reason = String(cause)
            return
        }
        let rest = cause[gap.upperBound...]
        let state = rest.prefix(5)
        guard rest.dropFirst(5).hasPrefix(": "), state.utf8.allSatisfy({ 0x30...0x39 ~= $0 || 0x41...0x5A ~= $0 })
        else {
            sqlState = nil
            reason = String(rest)
            return
        }
        sqlState = String(state)
        reason = String(rest.dropFirst(7))
    }
}

extension Substring {
    /// Where `text` first stands. (Foundation has it; this module does without.)
    fileprivate func range(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}

extension PostgresConfiguration {
    /// For messages. Neither user nor password.
    var place: String {
        let server = host.hasPrefix("/") ? "\(host), port \(port)" : "\(host):\(port)"
        return "PostgreSQL at \(server), database \(database)"
    }

    /// Refuses what libpq would take for something else: C strings end at a NUL, a comma makes a list.
    func check() throws(PostgresError) {
        var texts = [host, user, database, applicationName, password?.reveal() ?? ""]
        if case .verifyFull(let rootCertificate) = tls { texts.append(rootCertificate) }
        if let clientCertificate { texts += [clientCertificate.certificate, clientCertificate.key] }
        let fault: String? =
            if texts.contains(where: { $0.utf8.contains(0) }) {
                "a NUL"
            } else if host.isEmpty || user.isEmpty || database.isEmpty {
                "an empty host, user or database"
            } else if host.utf8.contains(UInt8(ascii: ",")) {
                "a comma in its host"
            } else if !(1...65_535).contains(port) {
                "an impossible port"
            } else {
                nil
            }
        if let fault { throw PostgresError(.connectionFailed, "the configuration of PostgreSQL has \(fault)") }
        try checkFiles()
    }

    /// Names every option that libpq would else take from the environment or a file, as far as it matters.
    ///
    /// - Parameter addresses: of the host, if it was looked up; tried one after another.
    func libpqOptions(_ addresses: [String]) -> [(String, String)] {
        let hosts = addresses.isEmpty ? host : addresses.map { _ in host }.joined(separator: ",")
        var options = [
            ("host", hosts), ("hostaddr", addresses.joined(separator: ",")), ("port", String(port)), ("user", user),
            ("dbname", database),
            ("application_name", applicationName), ("client_encoding", "UTF8"),
            ("gssencmode", "disable"), ("options", ""),
            ("keepalives", "1"), ("keepalives_idle", String(max(1, peerTimeout.milliseconds / 3000))),
            ("keepalives_interval", String(max(1, peerTimeout.milliseconds / 5000))), ("keepalives_count", "3"),
            ("tcp_user_timeout", String(peerTimeout.milliseconds)),
            // Not observed by libpq when it is used without blocking, but by its own cancel requests.
            ("connect_timeout", String(max(2, connectTimeout.milliseconds / 1000))),
        ]
        if let password { options.append(("password", password.reveal())) }
        switch tls {
        case .disable: options.append(("sslmode", "disable"))
        case .require: options.append(("sslmode", "require"))
        case .verifyFull(let rootCertificate):
            options.append(("sslmode", "verify-full"))
            options.append(("sslrootcert", rootCertificate))
        }
        // Older ones are broken (RFC 8996), whatever the environment and the system's OpenSSL would allow.
        options.append(("ssl_min_protocol_version", "TLSv1.2"))
        if let clientCertificate {
            options += [("sslcert", clientCertificate.certificate), ("sslkey", clientCertificate.key)]
        }
        return options
    }
}

extension Duration {
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return min(Int64(Int32.max), max(0, seconds) * 1000 + attoseconds / 1_000_000_000_000_000)
    }
}

/// Calls `body` with a NULL-terminated array of C strings.
private func withCStrings<Result>(
    _ strings: [String],
    _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
) -> Result {
    let copies = strings.map { Array($0.utf8CString) }
    func nest(_ index: Int, _ pointers: inout [UnsafePointer<CChar>?]) -> Result {
        guard index < copies.count else {
            pointers.append(nil)
            return pointers.withUnsafeBufferPointer { body($0.baseAddress!) }
        }
        return copies[index].withUnsafeBufferPointer {
            pointers.append($0.baseAddress)
            return nest(index + 1, &pointers)
        }
    }
    var pointers: [UnsafePointer<CChar>?] = []
    return nest(0, &pointers)
}
