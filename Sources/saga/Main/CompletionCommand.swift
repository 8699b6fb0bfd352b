internal import ArgumentParser
internal import SagaCLI

struct CompletionCommand: ParsableCommand {
    enum Shell: String, CaseIterable, ExpressibleByArgument { case bash, zsh, fish }

    static let configuration = CommandConfiguration(
        commandName: "completion", abstract: "Print what lets a shell complete commands, options and names.",
        discussion: """
            bash: saga completion bash > ~/.local/share/bash-completion/completions/saga

            zsh: saga completion zsh > FOLDER/_saga, where FOLDER is one of $fpath

            fish: saga completion fish > ~/.config/fish/completions/saga.fish
            """)

    @Argument(help: "bash, zsh or fish.")
    var shell: Shell

    func run() {
        let script =
            switch shell {
            case .bash: SagaProgram.completionScript(for: .bash)
            case .zsh: SagaProgram.completionScript(for: .zsh)
            case .fish: SagaProgram.completionScript(for: .fish)
            }
        Terminal.print(script, terminator: script.hasSuffix("\n") ? "" : "\n")
    }
}
