/// The tables of the notification service in `cloudphone_core`.
enum NotificationSchema {
    static let notifications = """
        CREATE TABLE notifications (
            id uuid PRIMARY KEY,
            user_id uuid NOT NULL,
            type text NOT NULL CHECK (type IN ('system', 'device', 'order', 'billing', 'alert', 'message')),
            status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'sent', 'failed', 'read')),
            title text NOT NULL,
            message text NOT NULL,
            channels text[] NOT NULL DEFAULT '{in-app}',
            retry_count integer NOT NULL DEFAULT 0 CHECK (retry_count >= 0),
            sent_at timestamptz,
            created_at timestamptz NOT NULL DEFAULT now(),
            CHECK (status <> 'sent' OR sent_at IS NOT NULL)
        );
        CREATE INDEX notifications_by_user ON notifications (user_id, created_at);
        """
}
