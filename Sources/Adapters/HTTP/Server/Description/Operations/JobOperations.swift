internal import SagaAPI
internal import SagaCore
internal import SagaEngine
internal import SagaValues

extension Operation {
    private static let jobID = Parameter.path("id", .id("The job's id."))

    static let createJob = Operation(
        "createJob", .jobs, "Carry one verb out on many sagas",
        """
        The sagas that the filter admits are found once, and each is asked once, as if its verb had been asked for by itself. \
        With `dryRun` nothing is made, and the answer says how many there are and what would come of some of them; without it \
        an `Idempotency-Key` is needed, and the same order with the same key makes one job.
        """,
        parameters: [.idempotencyKey("Names this job.")], body: .json(JobBody.self),
        answers: [200: "The preview, or the job that was made before with this key.", 201: "It is made, and begins."],
        refusals: [.forbidden, .keyConflict, .tooManySagas, .tooMuch])

    static let listJobs = Operation(
        "listJobs", .jobs, "List jobs", "Newest first.",
        parameters: [
            .query("status", .several(of: SagaJob.Status.self)),
            .tenant,
            .limit, .query("cursor", .id("`next` of the page before.")),
        ])

    static let getJob = Operation("getJob", .jobs, "Get a job", "How far it has got.", parameters: [jobID])

    static let listJobItems = Operation(
        "listJobItems", .jobs, "List the sagas of a job", "Each with what came of it, the oldest saga first.",
        parameters: [
            jobID, .query("status", .one(of: JobItem.Status.self, "Only those of which this came.")), .limit,
            .query("cursor", .whole("`next` of the page before.", 0...Int(Int32.max))),
        ])

    static func steerJob(_ control: JobControl) -> Operation {
        let (summary, text) =
            switch control {
            case .pause: ("Pause a job", "Once this is answered nothing more is done for it.")
            case .resume: ("Let a paused job go on", "It takes what it took to make it.")
            case .abort: ("Abort a job", "What is done stays done; the sagas that are left are left alone.")
            }
        return Operation(
            "\(control.rawValue)Job", .jobs, summary, text, parameters: [jobID], body: .json(JobControlBody.self),
            answers: [200: "The job as it is now."], refusals: [.forbidden, .jobStands])
    }
}

extension JobBody: Described {
    static let schema = Schema.body(
        "A verb, and which sagas it is for.",
        [
            "verb": .one(of: OperatorBody.Verb.self, "What each saga is asked."),
            "filter": .any(
                "By the names that the list of sagas has, and `sagas`, a list of ids; \(Limits.jobFilter) bytes at most. It "
                    + "must restrict something."
            ).with("type", "object"),
            "reason": .text("Why; it stays in the history of each saga.", bytes: 1...Limits.text),
            "tenant": .label("Whose sagas; one's own if left out, all for who is bound to none.").nullable,
            "rate": .whole("How many sagas a second.", SagaJob.rates).nullable,
            "dryRun": .flag("True: only the preview is wanted.").nullable,
            "step": .label("The step, for verbs that take one.").nullable,
            "outcome": .one(of: SagaEvent.Resolution.self, "What has become of the step, for `resolve`.").nullable,
            "output": Schema.any("For `skip` and `resolve`; \(Limits.jobOutput) bytes at most.").nullable,
            "patch": Schema.any("For `retry` and `patch`; \(Limits.jobOutput) bytes at most.").with("type", "object")
                .nullable,
            "force": .flag("For `skip`: although the workflow does not allow it.").nullable,
            "version": .whole("For `migrate`: the version to go on by.", Limits.numbers).nullable,
        ])
}

extension JobAnswer: Described {
    static let schema = Schema.object(
        "Either what a job would be about, or the job.",
        [
            "dryRun": .flag("Whether nothing was made."),
            "preview": .of(JobPreviewView.self, "Of a dry run.").optional,
            "job": .of(JobView.self, "Unless it was a dry run.").optional,
        ])
}

extension JobGroupView: Described {
    static let schema = Schema.object(
        "Sagas that stand alike.",
        [
            "workflow": .text("Their workflow."),
            "version": .number("Its version."),
            "status": .one(of: Saga.Status.self, "Their status."),
            "step": .text("Where they have an open incident.").optional,
            "cause": .one(of: Incident.Cause.self, "Its cause.").optional,
            "errorCode": .text("Its error code.").optional,
            "count": .count("How many."),
        ])
}

extension JobLookView: Described {
    static let schema = Schema.object(
        "What would come of the verb for one of them.",
        [
            "saga": .id("The saga."),
            "changes": .list(of: .text(), "What would change, in sentences.").optional,
            "refusal": .text("Or why the verb would be refused.").optional,
        ])
}

extension JobPreviewView: Described {
    static let schema = Schema.object(
        "What a job would be about.",
        [
            "count": .count("How many sagas; one more than `limit` if there are too many."),
            "limit": .count("How many a job may have."),
            "groups": .list(of: .of(JobGroupView.self), "The largest first.", atMost: AffectedSagas.groupCount),
            "sample": .list(of: .of(JobLookView.self), "The oldest ones.", atMost: AffectedSagas.sampleCount),
        ])
}

extension JobView: Described {
    static let schema = Schema.object(
        "A job, and how far it has got. What its verb is given, a patch or an output, is not shown.",
        [
            "id": .id("The job."),
            "tenant": .text("Whose sagas it is about; left out of one about all.").optional,
            "verb": .text("What each saga is asked."),
            "step": .text("The step, if one was named.").optional,
            "outcome": .text("What has become of the step, for `resolve`.").optional,
            "force": .flag("Whether it is asked although the workflow does not allow it.").optional,
            "version": .number("The version to go on by, for `migrate`.").optional,
            "filter": .any("As it was asked for."),
            "reason": .text("Why."),
            "subject": .text("Who asked for it."),
            "rate": .count("How many sagas a second."),
            "status": .one(of: SagaJob.Status.self, "Whether it goes on."),
            "total": .count("How many sagas it has."),
            "done": .count("For how many the verb is done."),
            "refused": .count("How many refused it."),
            "failed": .count("How many are damaged, so that it could not be done."),
            "open": .count("How many have no outcome yet; of an aborted job these are left alone."),
            "createdAt": .time("When it was made."),
            "updatedAt": .time("When it last went on."),
            "endedAt": .time("When it was done or aborted.").optional,
            "expectedEndAt": .time("At the job's rate; left out if it does not run.").optional,
            "isNew": .flag("Of the answer to its making: whether that very request made it.").optional,
        ])
}

extension JobPage: Described {
    static let schema = Schema.object(
        "A page of jobs, newest first.",
        [
            "jobs": .list(of: .of(JobView.self), "It may be empty.", atMost: Limits.page),
            "next": .id("The `cursor` of the next page; left out on the last.").optional,
        ])
}

extension JobItemView: Described {
    static let schema = Schema.object(
        "A saga of a job, and what came of it.",
        [
            "position": .count("From 1 on, the oldest saga first."),
            "saga": .id("The saga."),
            "status": .one(of: JobItem.Status.self, "`skipped`: the job was aborted before it was asked."),
            "revision": .number("The saga's after the verb.").optional,
            "message": .text("What changed, or why it was refused.").optional,
            "at": .time("When.").optional,
        ])
}

extension JobItemPage: Described {
    static let schema = Schema.object(
        "A page of the sagas of a job.",
        [
            "items": .list(of: .of(JobItemView.self), "It may be empty.", atMost: Limits.page),
            "next": .count("The `cursor` of the next page; left out on the last.").optional,
        ])
}

extension JobControlBody: Described {
    static let schema = Schema.body(
        "Why a job is paused, resumed or aborted.",
        ["reason": .text("Why; it stays in the audit.", bytes: 1...Limits.text)])
}
