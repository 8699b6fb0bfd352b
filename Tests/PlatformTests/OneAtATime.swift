import Testing

/// Suites that each have a whole platform of processes: one after the other, or they would only wait for each other.
@Suite("The whole platform", .serialized) enum OneAtATime {}
