import Foundation
import SagaCore
import SagaValues
import TestSupport
import Testing

#if canImport(FoundationXML)
    import FoundationXML
#endif

@testable import Diagrams

@Suite("Drawings of any plan")
struct RenderingTests {
    static let plans = (0..<60).map { RandomPlan.make(seed: $0) } + [.everything, .purchase]

    /// A saga somewhere on its way, or none.
    private static func diagrams() -> [(plan: Plan, diagram: Diagram)] {
        plans.enumerated().flatMap { index, plan in
            var run = RandomEvents(plan, seed: UInt64(index))
            for _ in 0..<(index * 7) % 60 { run.next() }
            return [(plan, Diagram(plan)), (plan, Diagram(plan, saga: run.saga))]
        }
    }

    private static func stepCount(_ plan: Plan) -> Int {
        plan.steps.reduce(plan.steps.count) { sum, step in
            if case .each(let each) = step.kind { sum + stepCount(each.body) } else { sum }
        }
    }

    @Test("have every step once, and every node can be reached")
    func nodes() {
        for (plan, diagram) in Self.diagrams() {
            #expect(diagram.nodes.count { $0.kind.isStep } == Self.stepCount(plan))
            #expect(diagram.nodes.count { $0.marks.contains(.pivot) } == diagram.nodes.count { $0.kind == .noReturn })
            var reached: Set<Int> = [0]
            for edge in diagram.edges.filter({ $0.kind == .flow }).sorted(by: { $0.from < $1.from }) {
                reached.insert(edge.to)
            }
            #expect(reached.count == diagram.nodes.count)
        }
    }

    @Test("go from the start to the end, without a way that leads back")
    func acyclic() {
        for (_, diagram) in Self.diagrams() {
            let layout = Layout(diagram, top: 0)
            for edge in diagram.edges {
                let (from, to) = (layout.nodes[edge.from], layout.nodes[edge.to])
                switch edge.kind {
                case .flow: #expect(from.bottom < to.top)
                case .undo: #expect(from.top > to.top)
                }
            }
        }
    }

    @Test("have no two boxes in one place, and all of them within their group and the page")
    func layout() {
        for (_, diagram) in Self.diagrams() {
            let layout = Layout(diagram, top: 10)
            for (index, box) in layout.nodes.enumerated() {
                #expect(box.left >= 0 && box.right <= layout.width && box.top >= 10 && box.bottom <= layout.height)
                for other in layout.nodes[(index + 1)...] where box.overlaps(other) {
                    Issue.record("two boxes overlap in \(diagram.title)")
                }
                for (group, frame) in layout.groups.enumerated() {
                    #expect(box.overlaps(frame) == diagram.isWithin(index, group), "\(diagram.title): \(index)")
                }
            }
        }
    }

    @Test("lead no line through a box that it does not belong to")
    func lines() {
        for (_, diagram) in Self.diagrams() {
            let layout = Layout(diagram, top: 0)
            for (edge, points) in layout.routes {
                #expect(points.first != points.last)
                for (index, box) in layout.nodes.enumerated() where index != edge.from && index != edge.to {
                    // The way back may pass the bar.
                    if edge.kind == .undo, diagram.nodes[index].kind == .noReturn { continue }
                    for (from, to) in zip(points, points.dropFirst()) {
                        let line = Layout.Box(
                            x: min(from.x, to.x), y: min(from.y, to.y), width: max(abs(from.x - to.x), 1),
                            height: max(abs(from.y - to.y), 1))
                        if line.overlaps(box) {
                            Issue.record(
                                "\(diagram.title): \(edge.kind) \(edge.from) -> \(edge.to) crosses \(index)")
                        }
                    }
                }
                for point in points { #expect(0...layout.width ~= point.x && 0...layout.height ~= point.y) }
            }
        }
    }

    @Test("are well-formed XML, with a title and what is written in the plan")
    func xml() throws {
        for (plan, diagram) in Self.diagrams() {
            let svg = diagram.svg
            let reader = TextReader()
            let parser = XMLParser(data: Data(svg.utf8))
            parser.delegate = reader
            #expect(parser.parse(), "\(String(describing: parser.parserError)) in \(svg.prefix(2000))")
            #expect(reader.titles.first?.hasPrefix(Label.clean(plan.workflow)) == true)
            #expect(reader.steps == diagram.nodes.count { $0.kind.isStep })
        }
    }

    @Test("write nothing in DOT that ends a text before its end")
    func dot() {
        for (_, diagram) in Self.diagrams() {
            for line in diagram.dot.split(separator: "\n") {
                #expect(Self.isClosed(line), "\(line)")
            }
        }
        #expect(DOT.quoted(["\"\\N<&amp;>", "x"]) == #""\"\\N<&amp;amp;>\nx""#)
    }

    /// Whether quotes come in pairs, and braces and brackets outside of them only as this module writes them.
    private static func isClosed(_ line: Substring) -> Bool {
        var (isText, isEscaped, depth) = (false, false, 0)
        for character in line.unicodeScalars {
            if isText {
                if isEscaped {
                    isEscaped = false
                } else if character == "\\" {
                    isEscaped = true
                } else if character == "\"" {
                    isText = false
                }
            } else {
                if character == "\"" { isText = true }
                if character == "[" { depth += 1 }
                if character == "]" { depth -= 1 }
            }
        }
        return !isText && !isEscaped && depth == 0
    }

    @Test("write nothing in Mermaid but what it takes for text")
    func mermaid() throws {
        let allowed = try Regex(
            #"^(---|title: ".*"|flowchart TB|\s*(n\d+(\(\[|\(\(|\[\[|\[/|\{\{|\[|\{|>)"[^"<>&`\\;]*((<br/>|#\d+;)[^"<>&`\\;]*)*"(\]\)|\)\)|\]\]|/\]|\}\}|\]|\})|n\d+ (-->|-\.->|-->\|"[^"<>&|`\\]*"\|) n\d+|subgraph g\d+ \["[^"<>&`\\]*"\]|end|classDef \w+ [\w:#,\- ]+|class [n\d,]+ \w+))$"#
        )
        for (_, diagram) in Self.diagrams() {
            for line in diagram.mermaid.split(separator: "\n") {
                #expect(line.wholeMatch(of: allowed) != nil, "\(line)")
            }
        }
        #expect(Mermaid.quoted("end \"#<b>\"") == "\"end #34;#35;#60;b#62;#34;\"")
    }

    @Test("are the same each time")
    func deterministic() {
        for (plan, diagram) in Self.diagrams() where !diagram.showsState {
            let again = Diagram(plan)
            #expect([again.svg, again.dot, again.mermaid] == [diagram.svg, diagram.dot, diagram.mermaid])
        }
    }

    @Test("of a thousand steps are made at once and are not too large")
    func large() throws {
        let steps = (0..<1000).map { Step(name: "step-\($0)", action: "a.do-\($0)", undo: "a.undo-\($0)") }
        let halves: [PlanNode] = [
            .parallel(name: "one", branches: (0..<300).map { .step($0) }),
            .parallel(name: "other", branches: (300..<600).map { .step($0) }),
            .sequence((600..<1000).map { .step($0) }),
        ]
        let plan = Plan(workflow: "large", version: 1, root: .sequence(halves), steps: steps)
        var saga = Saga(plan)
        for step in 0..<700 { _ = saga.handle(.done(step), at: .zero, plan: plan) }
        _ = saga.handle(.refused(700), at: .zero, plan: plan)
        let (size, took) = measuringWork {
            let diagram = Diagram(plan, saga: saga)
            return [diagram.svg, diagram.dot, diagram.mermaid].map(\.utf8.count).max() ?? 0
        }
        #expect(size < 1_500_000)
        #expect(took < .seconds(5))
        #expect(saga.status == .compensating)
    }
}

extension Diagram {
    fileprivate func isWithin(_ node: Int, _ group: Int) -> Bool {
        var next = nodes[node].group
        while let own = next {
            if own == group { return true }
            next = groups[own].parent
        }
        return false
    }
}

private final class TextReader: NSObject, XMLParserDelegate {
    var titles: [String] = []
    var steps = 0
    private var isTitle = false
    private var isLegend = false

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        isTitle = name == "title"
        if isTitle { titles.append("") }
        if name == "g", attributes["class"] == "legend" { isLegend = true }
        if name == "g", !isLegend, attributes["class"]?.hasPrefix("step") == true { steps += 1 }
    }

    func parser(_ parser: XMLParser, foundCharacters text: String) {
        if isTitle { titles[titles.count - 1] += text }
    }

    func parser(
        _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
    ) { isTitle = false }
}
