import Foundation
import Glibc
import Synchronization

/// Something that must turn up nowhere, by which it is known in whatever shape it does.
struct Planted: Sendable {
    let name: String
    let text: String

    private static let letters = Array("abcdefghijkmnpqrstuvwxyz23456789")

    /// A text that nobody has ever written.
    init(_ name: String, length: Int = 24) {
        self.init(name, String((0..<length).map { _ in Self.letters.randomElement()! }))
    }

    init(_ name: String, _ text: String) {
        (self.name, self.text) = (name, text)
    }

    /// Digits that are no time and no count.
    static func number(_ name: String) -> Planted {
        Planted(name, String(Int64.random(in: 400_000_000_000_000_000..<900_000_000_000_000_000)))
    }

    /// Half of it would be too much.
    private var parts: [String] {
        guard text.utf8.count >= 20, text.contains(where: \.isLetter) else { return [text] }
        let half = text.count / 2
        return [String(text.prefix(half)), String(text.suffix(half))]
    }

    /// What to look for, each with what it is called; those in small letters also in capitals.
    struct Shape: Sendable {
        let name: String
        let bytes: [UInt8]
        let isOfAnyCase: Bool
    }

    var shapes: [Shape] {
        parts.flatMap { part in
            let bytes = Array(part.utf8)
            func each(_ prefix: String) -> String {
                bytes.map { prefix + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            }
            var shapes = [
                Shape(name: "as it is", bytes: bytes, isOfAnyCase: true),
                Shape(name: "in hexadecimal", bytes: Array(each("").utf8), isOfAnyCase: true),
                Shape(name: "percent-encoded", bytes: Array(each("%").utf8), isOfAnyCase: true),
                Shape(name: "escaped as in JSON", bytes: Array(each("\\u00").utf8), isOfAnyCase: true),
            ]
            // It may begin at any of three places of a group.
            for offset in 0..<3 {
                let whole = Data(repeating: 0, count: offset) + Data(bytes)
                let text = Array(whole.base64EncodedString().utf8)
                let inner = Array(
                    text.dropFirst(offset == 0 ? 0 : 4).prefix((whole.count / 3 - (offset == 0 ? 0 : 1)) * 4))
                let urlSafe = inner.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: "-") : $0 }
                    .map { $0 == UInt8(ascii: "/") ? UInt8(ascii: "_") : $0 }
                shapes.append(Shape(name: "in base64", bytes: inner, isOfAnyCase: false))
                if urlSafe != inner { shapes.append(Shape(name: "in base64url", bytes: urlSafe, isOfAnyCase: false)) }
            }
            return shapes
        }
    }
}

/// Everything that somebody could get to see, by where it was seen.
final class Evidence: Sendable {
    private let seen = Mutex<[(place: String, bytes: [UInt8])]>([])

    func add(_ place: String, _ text: String) { add(place, Array(text.utf8)) }

    func add(_ place: String, _ bytes: [UInt8]) { seen.withLock { $0.append((place, bytes)) } }

    func add(file: String, as place: String) throws {
        add(place, Array(try Data(contentsOf: URL(fileURLWithPath: file))))
    }

    var places: [String] { seen.withLock { $0.map(\.place) } }

    func text(_ place: String) -> String {
        seen.withLock { seen in
            seen.filter { $0.place == place }.map { String(decoding: $0.bytes, as: UTF8.self) }.joined(separator: "\n")
        }
    }

    /// What may be seen by somebody, and why.
    struct Exception: Sendable {
        let planted: String
        /// What the place begins with.
        let place: String
        let reason: String
    }

    /// Each planted thing at each place where it may not be, once, with what is around it.
    func leaks(of planted: [Planted], but exceptions: [Exception] = []) -> [String] {
        let shapes = planted.map { planted in
            let sought = planted.shapes.map { ($0, ($0.isOfAnyCase ? $0.bytes.inSmallLetters : $0.bytes).asText) }
            return (planted.name, sought)
        }
        return seen.withLock { $0 }.flatMap { place, bytes -> [String] in
            let (text, small) = (bytes.asText, bytes.inSmallLetters.asText)
            return shapes.compactMap { name, shapes in
                if exceptions.contains(where: { $0.planted == name && place.hasPrefix($0.place) }) { return nil }
                for (shape, sought) in shapes {
                    guard let at = (shape.isOfAnyCase ? small : text).index(of: sought) else { continue }
                    let around = bytes[max(0, at - 120)..<min(bytes.count, at + 60)]
                    return "\(name), \(shape.name), in \(place): …\(String(decoding: around, as: UTF8.self))…"
                }
                return nil
            }
        }
    }
}

extension [UInt8] {
    fileprivate var inSmallLetters: [UInt8] { map { 0x41...0x5A ~= $0 ? $0 | 0x20 : $0 } }

    /// As text of C, for a search that takes megabytes in no time.
    fileprivate var asText: [CChar] { map { $0 == 0 ? 0x20 : CChar(bitPattern: $0) } + [0] }
}

extension [CChar] {
    /// Where another text first stands in this one.
    fileprivate func index(of other: [CChar]) -> Int? {
        withUnsafeBufferPointer { own in
            other.withUnsafeBufferPointer { other in
                guard let start = own.baseAddress, other.count > 1, let found = strstr(start, other.baseAddress!) else {
                    return nil
                }
                return UnsafePointer(found) - start
            }
        }
    }
}
