internal import ArgumentParser

/// What commands take that change something.
struct ChangeOptions: ParsableArguments {
    @Flag(
        name: [.customLong("yes"), .customShort("y")],
        help: "Do not ask before, neither for many sagas nor for a protected profile.")
    var yes = false
    @OptionGroup var options: ClientOptions

    func client() throws -> Client { try options.connection.client(isConfirmed: yes) }

    var printer: Printer { options.printer }
}
