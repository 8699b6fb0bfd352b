import SagaCore

/// What is known of an exploration so far.
struct Knowledge {
    var vocabulary: Vocabulary
    var states: StateStore

    init(_ start: World) {
        vocabulary = Vocabulary(steps: start.saga.steps.count)
        states = StateStore(width: 1 + start.saga.steps.count)
        learn(start, from: 0)
    }

    /// False if the state is known.
    @discardableResult
    mutating func learn(_ world: World, from parent: Int) -> Bool {
        var code = [vocabulary.learn(world.header)]
        var print = vocabulary.headerFingerprint(code[0])
        for step in world.saga.steps.indices {
            let number = vocabulary.learn(step, world[part: step])
            code.append(number)
            print &+= vocabulary.fingerprint(step, number)
        }
        return states.insert(code, print, from: parent)
    }

    /// Makes a world of this plan the one of a state.
    func load(_ state: Int, into world: inout World) {
        let code = states.code(of: state)
        world.header = vocabulary.headers[Int(code[code.startIndex])]
        for (step, number) in code.dropFirst().enumerated() {
            world[part: step] = vocabulary.parts[step][Int(number)]
        }
    }
}

/// Finds what follows a state.
struct Expander {
    let plan: Plan
    let rules: Rules
    let bounds: Explorer.Bounds
    let start: World

    /// What follows one state, in the order of the moves.
    struct Expansion {
        var moves = 0
        var steps: [Successor] = []
    }

    /// A state that was not known when the expansion began, or something wrong on the way to it.
    struct Successor {
        let move: Move
        /// Which of the moves, from 1.
        let number: Int
        let finding: Finding
    }

    enum Finding {
        case brokenBy(String)
        case state(World, wrong: String?, isParked: Bool)
    }

    func expand(_ state: Int, _ known: Knowledge) -> Expansion {
        var world = start
        known.load(state, into: &world)
        return expand(world, known.states.code(of: state), known)
    }

    private func expand(_ world: World, _ code: ArraySlice<UInt32>, _ known: Knowledge) -> Expansion {
        var expansion = Expansion()
        guard world.goesOn else { return expansion }
        for move in world.moves(plan) {
            expansion.moves += 1
            var then = world
            var finding: Finding?
            if let transition = then.apply(move, plan) {
                if let wrong = rules.violation(from: world.saga, to: then, transition, sent: world.participants) {
                    finding = .brokenBy(wrong)
                } else if !transition.isApplied {
                    continue
                }
            }
            finding = finding ?? self.finding(then, after: world, code, known)
            guard let finding else { continue }
            expansion.steps.append(Successor(move: move, number: expansion.moves, finding: finding))
            if case .brokenBy = finding { break }
        }
        return expansion
    }

    /// Nil if the state is known.
    private func finding(_ exact: World, after before: World, _ old: ArraySlice<UInt32>, _ known: Knowledge) -> Finding?
    {
        var code = Array(old)
        var isNew = false
        var print: UInt64 = 0
        var changed: [(step: Int, part: StepPart)] = []
        for step in before.saga.steps.indices {
            if exact.isSame(step, as: before) {
                print &+= known.vocabulary.fingerprint(step, code[1 + step])
                continue
            }
            var part = exact[part: step]
            part.normalise(plan.steps[step], bounds)
            changed.append((step, part))
            let key = part.key
            code[1 + step] = known.vocabulary.number(step, key)
            print &+= key.fingerprint(step)
            if code[1 + step] == Vocabulary.unknown { isNew = true }
        }
        var header = exact.header
        header.normalise(exact.saga.steps, plan, bounds.merging)
        code[0] = known.vocabulary.number(header)
        print &+= header.fingerprint
        if code[0] == Vocabulary.unknown { isNew = true }
        if !isNew, known.states.contains(code, print) { return nil }

        var world = exact
        world.header = header
        for (step, part) in changed { world[part: step] = part }
        var isParked = false
        var wrong = rules.violation(world)
        if wrong == nil, print % bounds.sampling == 0 { (wrong, isParked) = examine(world, exact.saga) }
        return .state(world, wrong: wrong, isParked: isParked)
    }

    /// What costs too much to be asked of every state: whether it can be stored, and whether it can end.
    private func examine(_ world: World, _ exact: Saga) -> (wrong: String?, isParked: Bool) {
        let stored = exact.withRows
        if stored.decoded(plan) != stored { return ("the stored form does not give the state again", false) }
        let end = world.inGoodWeather(plan).saga
        if rules.isParked(end) { return (nil, true) }
        return (end.status.isTerminal ? nil : "it never ends, even if all goes well from here on", false)
    }
}

extension World {
    /// Whether anything can follow.
    fileprivate var goesOn: Bool {
        switch saga.status {
        case .queued, .running, .compensating: true
        case .completed: left.parentRequests > 0
        case .compensated, .abandoned: false
        }
    }
}
