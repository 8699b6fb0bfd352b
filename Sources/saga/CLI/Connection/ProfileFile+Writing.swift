internal import Foundation
internal import SagaValues

extension ProfileFile {
    /// As the file is written anew, whenever a profile is set, chosen or removed.
    var text: String {
        get throws {
            var members = JSON.Object()
            for profile in profiles { members[profile.name] = .object(profile.members) }
            var file = JSON.Object()
            if let initial { file["default"] = .string(initial) }
            file["profiles"] = .object(members)
            return "# Written by \"saga profile\"; docs/CLI.md has what can stand here.\n"
                + (try YAMLText.document(.object(file)))
        }
    }

    /// Readable by its owner alone, whether there is a token in it or not.
    func write() throws {
        guard !path.isEmpty else {
            throw ProfileError(.unusable, "there is no place for profiles: set HOME or XDG_CONFIG_HOME")
        }
        // A link, as those have who keep such files elsewhere, stays one.
        let place = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        do {
            try FileManager.default.createDirectory(
                atPath: (place as NSString).deletingLastPathComponent, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
            try PrivateFile.write(Array(try text.utf8), to: place)
        } catch let failure as PrivateFile.Failure {
            throw ProfileError(.unusable, "cannot write \(place): \(failure.reason)")
        } catch let error as CocoaError {
            throw ProfileError(.unusable, "cannot write \(place): \(error.localizedDescription)")
        }
    }
}

extension Profile {
    fileprivate var members: JSON.Object {
        var members: JSON.Object = ["url": .string(url)]
        switch token {
        case .file(let path): members["token-file"] = .string(path)
        case .command(let line): members["token-command"] = .string(line)
        case .text(let secret): members["token"] = .string(secret.reveal())
        case nil: break
        }
        if let tenant { members["tenant"] = .string(tenant) }
        if isProtected { members["protected"] = true }
        return members
    }
}
