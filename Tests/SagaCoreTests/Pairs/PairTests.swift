import SagaCore
import SagaValues
import Testing

@Suite("Every event in every phase")
struct PairTests {
    @Test("has the effect that the grids say", arguments: Grid.all)
    func pairs(grid: Grid) {
        for phase in grid.phases {
            let run = grid.situation.reach(phase)
            #expect(run.saga.steps[grid.situation.step].phase == phase, "the situation is reached")
            for column in Column.allCases {
                let expected = grid.cell(phase, column)
                #expect(run.cell(grid.situation, column) == expected, "\(grid.situation), \(phase), \(column)")
            }
        }
    }

    @Test("is in a grid")
    func complete() {
        #expect(Grid.all.map(\.situation) == Situation.allCases)
        #expect(Grid.all[1].phases == StepState.Phase.allCases.filter { !Scene.onlyOfOwnSteps.contains($0) })
        for grid in Grid.all {
            #expect(Set(grid.lines.keys) == Set(Column.allCases.map(\.description)), "\(grid)")
            #expect(grid.lines.values.allSatisfy { $0.count == grid.phases.count }, "\(grid)")
        }
    }

    @Test("keeps its place when it is taken apart", arguments: Column.allCases)
    func columns(column: Column) {
        #expect(Column(column.event(step: 0, attempt: 1)) == column)
    }
}
