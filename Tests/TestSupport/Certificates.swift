internal import Foundation
internal import Glibc

/// An authority with what it has signed, and a stranger's, in a folder. They are valid for two days.
public struct Certificates: Sendable {
    public let folder: String

    /// A certificate with its key: `localhost` and 127.0.0.1 unless it says otherwise.
    public enum Name: String, CaseIterable, Sendable {
        case server, expired, elsewhere, client
    }

    /// Makes them; the folder too.
    public static func make(in folder: String) async throws -> Certificates {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let script = """
            key="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
            for ca in authority stranger; do
              openssl req -x509 $key -days 2 -keyout $ca.key -out $ca.pem -subj "/CN=$ca" || exit 1
            done
            sign() {
              openssl req $key -keyout $1.key -out $1.request -subj "/CN=$3" || exit 1
              printf "subjectAltName=$4" > $1.names
              openssl x509 -req -in $1.request -CA authority.pem -CAkey authority.key -CAcreateserial -days $2 \\
                -extfile $1.names -out $1.pem || exit 1
            }
            sign server 2 server DNS:localhost,IP:127.0.0.1
            sign expired -1 expired DNS:localhost,IP:127.0.0.1
            sign elsewhere 2 elsewhere DNS:elsewhere.test
            sign client 2 client DNS:client.test
            chmod a+r *.pem && chmod 600 *.key
            """
        let (status, output) = try await Shell.run(script, in: folder)
        guard status == 0 else { throw Unmade(output: output) }
        return Certificates(folder: folder)
    }

    struct Unmade: Error {
        let output: String
    }

    public var authority: String { "\(folder)/authority.pem" }
    public var stranger: String { "\(folder)/stranger.pem" }
    public func certificate(_ name: Name) -> String { "\(folder)/\(name.rawValue).pem" }
    public func key(_ name: Name) -> String { "\(folder)/\(name.rawValue).key" }

    /// The key for a server that runs under another account and wants it for itself; ours if it runs under our own.
    public func key(_ name: Name, of account: String) throws -> String {
        guard geteuid() == 0, let entry = getpwnam(account) else { return key(name) }
        let copy = "\(folder)/\(name.rawValue)-of-\(account).key"
        if !FileManager.default.fileExists(atPath: copy) {
            try FileManager.default.copyItem(atPath: key(name), toPath: copy)
            guard chown(copy, entry.pointee.pw_uid, entry.pointee.pw_gid) == 0 else { throw POSIXError(.EPERM) }
        }
        return copy
    }
}
