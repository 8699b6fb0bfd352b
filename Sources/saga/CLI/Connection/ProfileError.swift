/// What stands in the way between a profile and its server, with a stable code.
struct ProfileError: Error, CustomStringConvertible {
    enum Code: String {
        case unknown = "SAGA-0224"
        case unusable = "SAGA-0225"
        case exposed = "SAGA-0226"
        case noToken = "SAGA-0227"
        case notConfirmed = "SAGA-0228"
    }

    let code: Code
    let message: String

    init(_ code: Code, _ message: String) { (self.code, self.message) = (code, message) }

    var description: String { "\(message) [\(code.rawValue)]" }
}
