internal import ArgumentParser

/// How times stand in tables and sentences.
struct TimeOptions: ParsableArguments {
    @Option(
        name: .customLong("time"), help: ArgumentHelp("How times are written for people.", valueName: "style"))
    var style = TimeStyle.utc
}
