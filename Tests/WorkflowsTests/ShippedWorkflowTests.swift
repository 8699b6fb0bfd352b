import Foundation
import FuzzTargets
import SagaCore
import SagaValues
import Testing
import Workflows

/// The root of the repository, from where this file stands.
let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

let shippedWorkflows =
    (try? FileManager.default.contentsOfDirectory(
        at: repository.appending(path: "workflows").resolvingSymlinksInPath(), includingPropertiesForKeys: nil))?
    .filter { $0.pathExtension == "yaml" && !$0.lastPathComponent.hasSuffix(".test.yaml") }
    .sorted { $0.path() < $1.path() } ?? []

@Suite("The shipped workflows")
struct ShippedWorkflowsTests {
    @Test("Each compiles without a warning, and they go together")
    func clean() throws {
        #expect(shippedWorkflows.count == 11)
        let workflows = try shippedWorkflows.map {
            try Workflow.compile([UInt8](Data(contentsOf: $0)), file: $0.lastPathComponent)
        }
        for workflow in workflows {
            #expect(workflow.warnings.isEmpty, "\(workflow.warnings)")
            #expect(PlanCheck(workflow.plan).flaws == [], "\(workflow.plan.workflow)")
        }
        #expect(Workflow.checkTogether(workflows) == [])
    }

    @Test("Each is in a file of its own name")
    func names() throws {
        for url in shippedWorkflows {
            let name = try Workflow.compile([UInt8](Data(contentsOf: url))).plan.workflow
            #expect(url.lastPathComponent == "\(name).yaml")
        }
    }
}

@Suite("The shipped plan-purchase")
struct ShippedWorkflowTests {
    private let workflow: Workflow

    init() throws {
        let url = repository.appending(path: "workflows/plan-purchase.yaml")
        workflow = try Workflow.compile([UInt8](Data(contentsOf: url)), file: "plan-purchase.yaml")
    }

    @Test("It compiles without a warning, so its attempts fit its deadline")
    func clean() {
        #expect(workflow.warnings.isEmpty, "\(workflow.warnings)")
        #expect(workflow.plan.deadline == .seconds(300))
    }

    @Test("Its steps, their undo and the point of no return are those of the domain")
    func steps() {
        let steps = workflow.plan.steps.map { step in
            [
                step.name, step.action, step.undo ?? "-",
                step.readonly ? "ro" : step.pivot ? "*" : step.optional ? "?" : "",
            ]
        }
        #expect(
            steps == [
                ["validate-plan", "billing.validate-plan", "-", "ro"],
                ["create-order", "billing.create-order", "billing.cancel-order", ""],
                ["allocate-device", "device.allocate", "device.release", ""],
                ["charge", "billing.charge", "billing.refund", ""],
                ["activate-order", "billing.activate-order", "-", "*"],
                ["raise-quota", "user.raise-quota", "-", ""],
                ["notify", "notification.send", "-", "?"],
            ])
        #expect(workflow.plan.root == .sequence((0..<7).map { .step($0) }))
        #expect(workflow.plan.steps.map(\.onUnknown) == [.undo, .undo, .undo, .probe, .probe, .incident, .undo])
        #expect(workflow.plan.steps.map(\.retry.attempts) == [4, 4, 4, 3, 4, nil, 10])
        #expect(workflow.plan.steps.allSatisfy { $0.undoRetry.attempts == 8 })
    }

    @Test("A user buys one plan at a time")
    func locks() {
        #expect(
            workflow.plan.locks == [.text([.literal("user:"), .reference(Reference(.input, [.member("userId")]))])])
        #expect(workflow.plan.onBusy == .reject)
    }

    @Test("Its commands carry what the services need")
    func commands() throws {
        let plan = workflow.plan
        let values: [Reference.Root: JSON] = [
            .input: ["userId": "u", "planId": "p", "price": "99.00"],
            .step(1): ["orderId": "o", "orderNumber": "CP1", "userName": "U"],
            .step(2): ["deviceId": "d", "deviceName": "phone"],
        ]
        let bodies = try plan.steps.map { try $0.input?.filled(plan: plan) { values[$0] }.text }
        #expect(
            bodies == [
                #"{"userId":"u","planId":"p","price":"99.00"}"#,
                #"{"userId":"u","planId":"p","amount":"99.00"}"#,
                #"{"userId":"u","userName":"U","orderId":"o"}"#,
                #"{"userId":"u","orderId":"o","amount":"99.00"}"#,
                #"{"userId":"u","orderId":"o","deviceId":"d","deviceName":"phone"}"#,
                #"{"userId":"u","planId":"p"}"#,
                #"{"userId":"u","orderNumber":"CP1","template":"order-completed"}"#,
            ])
        #expect(try plan.output?.filled(plan: plan) { values[$0] }.text == #"{"orderId":"o","deviceId":"d"}"#)
    }

    @Test("It takes a purchase, and nothing that is none")
    func input() throws {
        func violations(_ changes: [String: JSON?]) -> [String] {
            var input: JSON.Object = [
                "userId": "01890a5d-ac96-774b-bcce-b302099a8057", "planId": "01890a5d-ac96-774b-bcce-b302099a8058",
                "price": "99.00",
            ]
            for (name, value) in changes { input[name] = value }
            return workflow.validate(input: .object(input)).map(\.pointer)
        }
        #expect(violations([:]) == [])
        for price in ["0.00", "0.01", "12345678.90"] { #expect(violations(["price": .string(price)]) == []) }
        for price in ["99", "99.0", "099.00", "-1.00", "1e2", "99.00 ", "99.00\n", "٩٩.00", "123456789.00"] {
            #expect(violations(["price": .string(price)]) == ["/price"])
        }
        #expect(violations(["price": 99]) == ["/price"])
        #expect(violations(["price": .some(nil)]) == ["/price"])
        #expect(violations(["userId": "me", "coupon": "x"]) == ["/userId", "/coupon"])
    }
}

@Suite("Error pages")
struct ErrorPageTests {
    @Test("Every code has a page that says what, why and how to mend it", arguments: Finding.Code.allCases)
    func page(_ code: Finding.Code) throws {
        let url = repository.appending(path: "docs/errors/\(code.rawValue).md")
        let text = try String(contentsOf: url, encoding: .utf8)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.first?.hasPrefix("# \(code.rawValue): ") == true)
        #expect(text.contains("## Why") && text.contains("## How to mend it"))
        #expect((8...30).contains(lines.count), "\(lines.count) lines")
    }

    @Test("No page is about a code that does not exist")
    func noOrphans() throws {
        let folder = repository.appending(path: "docs/errors")
        let pages = try FileManager.default.contentsOfDirectory(atPath: folder.path())
        let codes = Set(Finding.Code.allCases.map { $0.rawValue + ".md" })
        // 018x are about what the definition leads to, and come from elsewhere.
        let orphans = pages.filter { $0.hasPrefix("SAGA-01") && !$0.hasPrefix("SAGA-018") && !codes.contains($0) }
        #expect(orphans == [])
    }
}

@Suite("The language reference")
struct ReferencePageTests {
    private let page: String

    init() throws {
        page = try String(contentsOf: repository.appending(path: "docs/WORKFLOWS.md"), encoding: .utf8)
    }

    /// What stands between ```yaml and ```.
    private var examples: [String] {
        page.components(separatedBy: "```yaml\n").dropFirst().compactMap { $0.components(separatedBy: "```").first }
    }

    @Test("Its examples compile: whole workflows as they are, single steps within one")
    func examplesCompile() throws {
        #expect(examples.count == 10)
        for example in examples {
            let source = example.hasPrefix("workflow:") ? example : "workflow: test\nversion: 1\nsteps:\n" + example
            #expect(findings(of: source) == [])
        }
    }

    @Test("It links the page of every code", arguments: Finding.Code.allCases)
    func links(_ code: Finding.Code) {
        #expect(page.contains("(errors/\(code.rawValue).md)"))
    }
}
