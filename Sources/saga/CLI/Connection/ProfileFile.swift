internal import Foundation
internal import SagaValues

/// The servers that a person has given names to: `profiles.yaml`.
struct ProfileFile {
    let path: String
    /// In the order of the file.
    var profiles: [Profile] = []
    /// The one that counts if none is named.
    var initial: String?

    /// A few hundred profiles.
    static let limit = 256 << 10

    /// Where the file is; nil without a home.
    static func path(_ environment: [String: String]) -> String? {
        // Only an absolute folder counts, says the specification of XDG.
        if let folder = environment["XDG_CONFIG_HOME"], folder.hasPrefix("/") { return folder + "/saga/profiles.yaml" }
        guard let home = environment["HOME"], !home.isEmpty else { return nil }
        return home + "/.config/saga/profiles.yaml"
    }

    /// That of whoever runs this, with nothing in it if there is none.
    static func current(_ environment: [String: String]) throws(ProfileError) -> ProfileFile {
        guard let path = path(environment) else { return ProfileFile(path: "") }
        return try ProfileFile(reading: path)
    }

    init(path: String) { self.path = path }

    init(reading path: String) throws(ProfileError) {
        self.init(path: path)
        let file: PrivateFile
        do throws(PrivateFile.Failure) {
            file = try PrivateFile(path, limit: Self.limit)
        } catch {
            guard error.isMissing else { throw ProfileError(.unusable, "cannot read \(path): \(error.reason)") }
            return
        }
        guard !file.isWritableByOthers else {
            throw ProfileError(
                .exposed, "others can write to \(path), and so send your token elsewhere: chmod 600 \(path)")
        }
        try parse(String(decoding: file.bytes, as: UTF8.self))
        guard !file.isReadableByOthers || !hasTokens else {
            throw ProfileError(
                .exposed,
                "others can read \(path), which has a token in it: chmod 600 \(path), and have the token made anew")
        }
    }

    private var hasTokens: Bool {
        profiles.contains { if case .text = $0.token { true } else { false } }
    }

    func find(_ name: String) throws(ProfileError) -> Profile {
        if let profile = profiles.first(where: { $0.name == name }) { return profile }
        let names = profiles.map(\.name).joined(separator: ", ")
        throw ProfileError(
            .unknown,
            "there is no profile \"\(Terminal.clean(name))\"; "
                + (profiles.isEmpty
                    ? "\(path.isEmpty ? "without HOME there are none" : "\(path) has none"). Make one with \"saga profile set NAME --url URL\""
                    : "there are: \(names). \"saga profile list\" shows them"))
    }

    /// A path as it stands in the file: below the home, or beside the file.
    func resolve(_ text: String, _ environment: [String: String]) -> String {
        if text.hasPrefix("~/"), let home = environment["HOME"] { return home + text.dropFirst() }
        guard !text.hasPrefix("/") else { return text }
        return (path as NSString).deletingLastPathComponent + "/" + text
    }
}
