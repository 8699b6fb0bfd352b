import SagaCore
import SagaValues

@testable import Exploration

/// A set of plans of one shape, and the bounds to explore them within.
struct Family: Sendable, CustomStringConvertible {
    let tree: Tree
    let profile: Profile
    let kinds: Kinds

    enum Kinds: Sendable {
        /// Undoable steps, with a pivot in every place and with none.
        case plain
        /// Besides, every plan that differs from those in one step.
        case differing
        /// Every kind of step in every place.
        case all
    }

    struct Profile: Sendable {
        let name: String
        var attempts = 1
        var deadline = false
        var bounds = Explorer.Bounds()
    }

    var plans: [Plan] {
        let places: [Int?] = [nil] + tree.pivotPlaces
        return places.flatMap { pivot in
            let kinds: [[StepKind]] =
                switch kinds {
                case .plain: [tree.plainKinds(pivot: pivot)]
                case .differing: tree.kinds(pivot: pivot)
                case .all: tree.allKinds(pivot: pivot)
                }
            return kinds.map {
                Plan(
                    tree.shape($0), attempts: profile.attempts, undoAttempts: profile.attempts,
                    deadline: profile.deadline ? .seconds(60) : nil)
            }
        }
    }

    var description: String { "\(tree), \(profile.name)" }
}

extension Family.Profile {
    static let deadline = Self(name: "deadline", deadline: true)
    static let returns = Self(name: "a return", bounds: .of { $0.returns = 1 })
    static let holds = Self(name: "a command held back", deadline: true, bounds: .of { $0.holds = 1 })
    static let holdsOfMore = Self(
        name: "two commands held back, two attempts", attempts: 2,
        bounds: .of {
            $0.holds = 2; $0.sampling = 1
        })
    static let retries = Self(name: "a retry by a person", bounds: .of { $0.retries = 1 })
    static let rulings = Self(name: "a person's word on a step", bounds: .of { $0.rulings = 2 })
    static let halts = Self(
        name: "a pause, or the end by a person", deadline: true,
        bounds: .of {
            $0.halts = 1; $0.undoRequests = 1
        })
    static let undoRequests = Self(
        name: "a request to undo",
        bounds: .of {
            $0.undoRequests = 1; $0.startsQueued = true
        })
    static let twoAttempts = Self(name: "two attempts", attempts: 2)
    /// Replies do not say which attempt they answer. Then a refusal of an earlier round cannot be told
    /// from one of the present, so that no person may ask for another round.
    static let silent = Self(
        name: "silent about attempts", attempts: 2, deadline: true,
        bounds: .of {
            $0.returns = 1; $0.statesAttempts = false
        })

    /// Everything at once.
    static func everything(attempts: Int) -> Self {
        Self(
            name: "everything, \(attempts) attempts", attempts: attempts, deadline: true,
            bounds: .of {
                $0.returns = 1; $0.retries = 1; $0.undoRequests = 1; $0.startsQueued = true; $0.sampling = 1
            })
    }
}

extension Family {
    /// What every run of the tests explores: about half a million moves.
    static var quick: [Family] {
        var all: [Family] = []
        func add(_ tree: Tree, _ kinds: Kinds, _ profiles: [Profile]) {
            all += profiles.map { Family(tree: tree, profile: $0, kinds: kinds) }
        }
        let inTurn = Tree.sequence([.leaf, .leaf])
        let atOnce = Tree.parallel([.leaf, .leaf])
        add(.leaf, .differing, [.deadline, .returns, .retries, .rulings, .halts, .undoRequests, .twoAttempts, .silent])
        add(.leaf, .differing, [.holds, .holdsOfMore])
        add(inTurn, .differing, [.holds])
        add(atOnce, .plain, [.holds])
        add(inTurn, .differing, [.deadline, .retries, .rulings, .undoRequests])
        add(inTurn, .plain, [.halts])
        add(atOnce, .plain, [.rulings])
        add(inTurn, .plain, [.returns, .twoAttempts])
        add(atOnce, .plain, [.deadline, .returns])
        add(.sequence([.leaf, .leaf, .leaf]), .plain, [.deadline, .returns, .retries, .undoRequests])
        add(.sequence([.leaf, atOnce]), .plain, [.undoRequests])
        add(.sequence([atOnce, .leaf]), .plain, [Profile(name: "nothing more")])
        return all
    }

    /// For a machine with time: `SAGA_EXPLORE=deep`, in a release build.
    static var deep: [Family] {
        var all: [Family] = []
        for tree in Tree.all(leaves: 1) {
            all += [.everything(attempts: 1), .everything(attempts: 2), .silent].map {
                Family(tree: tree, profile: $0, kinds: .all)
            }
        }
        for tree in Tree.all(leaves: 2) {
            all += [.deadline, .returns, .holds, .retries, .rulings, .halts, .undoRequests, .twoAttempts, .silent].map {
                Family(tree: tree, profile: $0, kinds: .all)
            }
            all.append(Family(tree: tree, profile: .everything(attempts: 1), kinds: .differing))
        }
        for tree in Tree.all(leaves: 3) {
            all += [.deadline, .returns, .holds, .retries, .rulings, .halts, .undoRequests].map {
                Family(tree: tree, profile: $0, kinds: .differing)
            }
            all.append(Family(tree: tree, profile: .twoAttempts, kinds: .plain))
        }
        for tree in Tree.all(leaves: 4) {
            all += [.deadline, .returns, .retries, .undoRequests].map {
                Family(tree: tree, profile: $0, kinds: .plain)
            }
        }
        return all
    }
}

extension Explorer.Bounds {
    static func of(_ change: (inout Explorer.Bounds) -> Void) -> Explorer.Bounds {
        var bounds = Explorer.Bounds()
        change(&bounds)
        return bounds
    }
}
