internal import SagaAPI
internal import SagaEngine
internal import SagaValues

extension IdentityView: Described {
    static let schema = Schema.object(
        "Who a credential stands for.",
        [
            "subject": .text("As histories and the audit name them."),
            "credential": .text("`http.token`, the id of a token, or `jwt:` and the id of the key."),
            "role": .one(of: Requester.Role.self, "What they may do goes by it."),
            "tenant": .text("Left out for all tenants.").optional,
            "groups": .list(of: .text(), "Whose consents they may give."),
            "permissions": .list(of: .one(of: Permission.self, ""), "What they may do."),
        ])
}

extension TokenView: Described {
    static let schema = Schema.object(
        "An access token, without its secret unless it was made just now.",
        [
            "id": .matching("^[0-9a-f]{16}$", "What to revoke it by."),
            "subject": .text("Who shows it."),
            "role": .one(of: Requester.Role.self, "What they may do goes by it."),
            "tenant": .text("Left out for all tenants.").optional,
            "groups": .list(of: .text(), "Whose consents they may give.", atMost: Limits.groups),
            "createdAt": .time("When it was made."),
            "createdBy": .text("Who made it."),
            "expiresAt": .time("When it ends."),
            "revokedAt": .time("When it was revoked.").optional,
            "revokedBy": .text("Who revoked it.").optional,
            "lastUsedAt": .time("To the minute.").optional,
            "token": .matching(
                "^saga_[0-9a-f]{16}_[0-9a-f]{64}$", "The token itself; only in the answer to its making."
            ).optional,
        ])
}

extension TokenList: Described {
    static let schema = Schema.object(
        "Access tokens, newest first.",
        ["tokens": .list(of: .of(TokenView.self), "It may be empty.", atMost: Limits.page)])
}

extension TokenBody: Described {
    static let schema = Schema.body(
        "Whom to make a token for.",
        [
            "subject": .label("Who shows it: as histories and the audit name them."),
            "role": .one(of: Requester.Role.self, "What they may do goes by it."),
            "tenant": .label("Left out: one's own, or all if one is bound to none.").nullable,
            "groups": .list(of: .label(""), "Whose consents they may give.", atMost: Limits.groups).nullable,
            "expires": Schema.text(
                "How long it counts: a duration such as `12h` or `90d`, from \(TokenLife.shortest.sagaText) to "
                    + "\(TokenLife.longest.sagaText); \(TokenLife.usual.sagaText) if left out."
            ).with("format", "saga-duration").nullable,
        ])
}
