internal import Foundation
internal import SagaCore
internal import SagaEngine

/// The time zones that Foundation knows: what they are is part of the program, not of the machine it runs on, so all
/// nodes of one version agree.
struct SystemTimeZones: TimeZones {
    func clock(of zone: String) -> WallClock? {
        if zone == "UTC" { return .utc }
        guard let zone = TimeZone(identifier: zone) else { return nil }
        return WallClock { zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval($0))) }
    }
}
