import CloudPhone
import LocalPlatform
import SagaAPI
import SagaCLI
import SagaValues
import TestSupport
import Testing

extension OneAtATime {
    /// A bad day, from the first alarm to the last purchase, as the person on duty goes through it.
    @Suite("A person on duty", .serialized) struct StoryTests {
        @Test("brings 500 purchases to their end that one provider held up, though an orchestrator is killed meanwhile")
        func outage() async throws {
            let (desk, stuck) = try await Duty.inOutage(buyers: 667)
            #expect(stuck == 500)
            let market = desk.market

            // One outage is one line.
            let groups = try await desk.saga("incidents", "--json").decode(IncidentGroupList.self).groups
            try #require(groups.count == 1)
            #expect(groups[0].count == stuck && groups[0].step == "raise-quota")
            #expect(groups[0].cause == "rejected" && groups[0].errorCode == "provider-down")

            // Then the service dies too: nothing more is sent to it, and it says so.
            let service = try #require(market.platform.services[.user])
            await service.kill()
            try await eventually("the breaker opens", within: .seconds(60), every: .milliseconds(100)) {
                try await desk.user().breaker.state == "open"
            }
            let down = try await desk.user()
            #expect(down.health == "down" && down.breaker.mode == "automatic")
            #expect(down.breaker.reason?.contains("nobody takes commands off its queue") == true)

            // Three that cannot wait are seen to by hand, and one is tried at once: it is held back.
            let page = try await desk.saga("list", "--incident", "--limit", "4", "--json").decode(SagaPage.self)
            let (patched, skipped, resolved) = (page.sagas[0].id, page.sagas[1].id, page.sagas[2].id)
            let impatient = page.sagas[3].id
            try await desk.succeeds("retry", "\(impatient)", "--reason", "the buyer is on the telephone")
            let explained = try await desk.saga("explain", "\(impatient)")
            #expect(explained.output.contains("'raise-quota' is held back"), "\(explained.output)")
            for saga in [skipped, resolved] { try await desk.grantQuota(of: saga) }
            try await desk.succeeds(
                "patch", "\(patched)", "--step", "raise-quota", "--patch", #"{"planId":"\#(Seed.Plan.basic.id)"}"#,
                "--reason", "the plan is basic")
            let refused = try await desk.saga("skip", "\(skipped)", "--step", "raise-quota", "--reason", "granted")
            #expect(refused.status == 1 && refused.errors.contains("[SAGA-0209]"), "\(refused.errors)")
            try await desk.succeeds(
                "skip", "\(skipped)", "--step", "raise-quota", "--force", "--reason",
                "granted by the provider's support")
            try await desk.succeeds(
                "resolve", "\(resolved)", "--step", "raise-quota", "--as", "done", "--output", "{}", "--reason",
                "granted by the provider's support")

            // The rest at once, once provider and service are back. Whoever asks is killed with the leader, and does not notice.
            try await desk.comeBack()
            try service.start()
            let rest = stuck - 3
            let preview = try await desk.saga(
                "retry", "--incident", "provider-down", "--reason", "-", "--dry-run", "--json")
            #expect(try preview.decode(JobPreviewView.self).count == rest)
            async let retried = desk.saga(
                "retry", "--workflow", "plan-purchase", "--incident", "provider-down", "--rate", "50/s", "--reason",
                "the provider is back", "--yes", within: .seconds(240))
            let leader = market.platform.orchestrators[0]
            try await eventually("the job is in the middle", within: .seconds(60)) {
                try await market.count("SELECT coalesce(max(done), 0) FROM saga_jobs") >= 100
            }
            await leader.kill()
            let left = try await market.count("SELECT max(total - done) FROM saga_jobs WHERE status = 'running'")
            #expect(left > 100, "it was killed in the middle")
            try await eventually("the other one has taken over", within: .seconds(60)) {
                try await market.count("SELECT max(total - done) FROM saga_jobs") < left
            }
            try leader.start()
            let said = try await retried
            #expect(said.status == 0, "\(said.output)\n\(said.errors)")
            #expect(said.output.contains("\(rest): \(rest) done, 0 refused, 0 failed"), "\(said.output)")

            try await market.waitForTheEnd(Report("the provider is back"))
            try await market.expectAllIsWell()
            let up = try await desk.user()
            #expect(up.breaker.state == "closed" && up.heldBack == 0 && up.breaker.reason == "it answers again")
            try await desk.expectTheAuditTells(rest: rest, patched: patched, skipped: skipped, resolved: resolved)
            await market.platform.stop()
        }
    }
}

extension Duty {
    /// Who did what and why is there, and each saga of the job was asked once.
    func expectTheAuditTells(
        rest: Int, patched: SagaValues.UUID, skipped: SagaValues.UUID, resolved: SagaValues.UUID
    ) async throws {
        for (verb, saga) in [("patch", patched), ("skip-forced", skipped), ("resolve-done", resolved)] {
            let lines = try await self.saga("audit", "--saga", "\(saga)", "--verb", verb, "--json").output
                .split(separator: "\n")
            #expect(lines.count == 1, "\(verb): \(lines)")
        }
        #expect(
            try await market.count("SELECT count(*) FROM saga_audit WHERE verb = 'skip' AND outcome = 'refused'") == 1)
        let job = "(SELECT id::text FROM saga_jobs)"
        #expect(
            try await market.count(
                "SELECT count(*) FROM saga_audit WHERE verb = 'job-create' AND detail ->> 'job' = \(job)")
                == 1)
        let retries = "FROM saga_audit WHERE verb = 'retry' AND outcome = 'done' AND detail ->> 'job' = \(job)"
        #expect(try await market.count("SELECT count(*) \(retries)") == rest)
        #expect(try await market.count("SELECT count(DISTINCT saga_id) \(retries)") == rest)
        #expect(
            try await market.count("SELECT count(*) FROM saga_history WHERE kind = 'retry-requested'") == rest + 1,
            "the histories say the same, and have the one that could not wait")
        #expect(try await market.count("SELECT count(*) FROM saga_job_items WHERE status = 'done'") == rest)
    }
}
