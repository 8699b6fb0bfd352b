internal import SagaEngine
internal import SagaValues

/// When a participant counts as down, and how it is found out that it is back.
extension Settings {
    static let breakerMinimum = Setting<Int>.number(
        "participants.breaker.minimum", "outcomes that are counted before they say anything", initial: 20, 1...10_000)
    static let breakerFailures = Setting<Int>.number(
        "participants.breaker.failures", "of a hundred outcomes so many are failures", initial: 90, 1...100)
    static let breakerWindow = Setting<Duration>.duration(
        "participants.breaker.window", "how far back outcomes count", initial: .seconds(30),
        .seconds(5)...(.seconds(600)))
    static let breakerUnattended = Setting<Duration>.duration(
        "participants.breaker.unattended", "how long nobody takes commands off its queue", initial: .seconds(10),
        .seconds(5)...(.seconds(3_600)))
    static let breakerPause = Setting<Duration>.duration(
        "participants.breaker.pause", "first pause before some commands are let through", initial: .seconds(5),
        .seconds(1)...(.seconds(600)))
    static let breakerLongestPause = Setting<Duration>.duration(
        "participants.breaker.longest-pause", "longest pause; each is twice the one before", initial: .seconds(60),
        .seconds(1)...(.seconds(3_600)))
    static let breakerProbes = Setting<Int>.number(
        "participants.breaker.probes", "commands that are let through to find out", initial: 3, 1...100)

    static let breaker: [SettingDescription] = [
        breakerMinimum.description, breakerFailures.description, breakerWindow.description,
        breakerUnattended.description, breakerPause.description, breakerLongestPause.description,
        breakerProbes.description,
    ]
}

extension ServerConfiguration {
    static func breaker(_ source: ConfigurationSource) throws(ConfigurationError) -> BreakerSettings {
        var breaker = BreakerSettings()
        breaker.minimum = try source.require(Settings.breakerMinimum)
        breaker.failurePercent = try source.require(Settings.breakerFailures)
        breaker.window = try source.require(Settings.breakerWindow)
        breaker.unattended = try source.require(Settings.breakerUnattended)
        breaker.pause = try source.require(Settings.breakerPause)
        breaker.longestPause = try source.require(Settings.breakerLongestPause)
        breaker.probes = try source.require(Settings.breakerProbes)
        guard breaker.pause <= breaker.longestPause else {
            throw ConfigurationError(
                .malformedValue,
                "\(Settings.breakerPause.key) (\(breaker.pause.sagaText)) must not be longer than "
                    + "\(Settings.breakerLongestPause.key) (\(breaker.longestPause.sagaText))")
        }
        return breaker
    }
}
