/// The tables of billing in `cloudphone_billing`, one migration after the other; never edited once released.
///
/// The checks repeat in SQL what the code promises, so that a wrong program fails instead of the books.
enum BillingSchema {
    static let plansAndOrders = """
        CREATE TABLE plans (
            id uuid PRIMARY KEY,
            name text NOT NULL,
            type text NOT NULL CHECK (type IN ('free', 'basic', 'pro', 'enterprise')),
            billing_cycle text NOT NULL CHECK (billing_cycle IN ('hourly', 'daily', 'monthly', 'yearly')),
            price numeric(10, 2) NOT NULL CHECK (price >= 0),
            device_quota integer NOT NULL CHECK (device_quota >= 0),
            storage_quota_gb integer NOT NULL CHECK (storage_quota_gb >= 0),
            traffic_quota_gb integer NOT NULL CHECK (traffic_quota_gb >= 0),
            features jsonb NOT NULL DEFAULT '[]',
            is_active boolean NOT NULL DEFAULT true,
            is_public boolean NOT NULL DEFAULT true,
            created_at timestamptz NOT NULL DEFAULT now()
        );

        -- What billing knows of users: copies, made when a user appears and kept fresh by user.updated.
        CREATE TABLE user_copies (
            user_id uuid PRIMARY KEY,
            name text NOT NULL,
            email text NOT NULL,
            tenant_id text,
            updated_at timestamptz NOT NULL
        );

        CREATE SEQUENCE order_numbers;

        CREATE TABLE orders (
            id uuid PRIMARY KEY,
            order_number text NOT NULL UNIQUE,
            user_id uuid NOT NULL,
            user_name text NOT NULL,
            user_email text NOT NULL,
            device_name text,
            tenant_id text,
            plan_id uuid NOT NULL REFERENCES plans (id),
            device_id uuid,
            amount numeric(10, 2) NOT NULL CHECK (amount >= 0),
            discount_amount numeric(10, 2) NOT NULL DEFAULT 0 CHECK (discount_amount >= 0),
            final_amount numeric(10, 2) NOT NULL CHECK (final_amount >= 0),
            status text NOT NULL DEFAULT 'pending'
                CHECK (status IN ('pending', 'paid', 'completed', 'cancelled', 'refunded', 'failed')),
            payment_method text NOT NULL DEFAULT 'balance'
                CHECK (payment_method IN ('wechat', 'alipay', 'stripe', 'balance')),
            cancel_reason text,
            refund_reason text,
            refund_amount numeric(10, 2) CHECK (refund_amount BETWEEN 0 AND final_amount),
            expires_at timestamptz NOT NULL DEFAULT now() + interval '30 minutes',
            paid_at timestamptz,
            cancelled_at timestamptz,
            refunded_at timestamptz,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            CHECK (final_amount = amount - discount_amount),
            CHECK (status NOT IN ('paid', 'completed') OR paid_at IS NOT NULL),
            CHECK (status <> 'cancelled' OR cancelled_at IS NOT NULL),
            CHECK (status <> 'refunded' OR (refunded_at IS NOT NULL AND refund_amount IS NOT NULL))
        );
        CREATE INDEX orders_by_user ON orders (user_id);
        """

    static let money = """
        CREATE TABLE user_balances (
            user_id uuid PRIMARY KEY,
            balance numeric(15, 2) NOT NULL,
            frozen_amount numeric(15, 2) NOT NULL DEFAULT 0 CHECK (frozen_amount >= 0),
            total_recharge numeric(15, 2) NOT NULL DEFAULT 0 CHECK (total_recharge >= 0),
            total_consumption numeric(15, 2) NOT NULL DEFAULT 0 CHECK (total_consumption >= 0),
            status text NOT NULL DEFAULT 'normal' CHECK (status IN ('normal', 'low', 'insufficient', 'frozen')),
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            CHECK (balance >= frozen_amount)
        ) WITH (fillfactor = 70);

        CREATE TABLE payments (
            id uuid PRIMARY KEY,
            order_id uuid NOT NULL REFERENCES orders (id),
            user_id uuid NOT NULL,
            amount numeric(10, 2) NOT NULL CHECK (amount >= 0),
            method text NOT NULL CHECK (method IN ('wechat', 'alipay', 'stripe', 'balance')),
            status text NOT NULL CHECK (status IN
                ('pending', 'processing', 'success', 'failed', 'refunding', 'refunded', 'cancelled')),
            payment_no text NOT NULL UNIQUE,
            transaction_id text,
            failure_reason text,
            refund_amount numeric(10, 2) CHECK (refund_amount BETWEEN 0 AND amount),
            paid_at timestamptz,
            refunded_at timestamptz,
            expires_at timestamptz,
            created_at timestamptz NOT NULL DEFAULT now(),
            CHECK (status <> 'success' OR paid_at IS NOT NULL),
            CHECK (status <> 'refunded' OR (refunded_at IS NOT NULL AND refund_amount = amount))
        );
        -- An order has at most one payment that holds money, whatever the programs do.
        CREATE UNIQUE INDEX one_live_payment_per_order ON payments (order_id)
            WHERE status IN ('pending', 'processing', 'success', 'refunding');
        CREATE INDEX payments_by_order ON payments (order_id);

        -- The ledger: for every user the sum of amount is the balance. Rows are only ever added.
        CREATE TABLE balance_transactions (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            user_id uuid NOT NULL REFERENCES user_balances (user_id),
            type text NOT NULL CHECK (type IN
                ('recharge', 'consume', 'refund', 'freeze', 'unfreeze', 'adjustment', 'reward')),
            amount numeric(15, 2) NOT NULL,
            balance_before numeric(15, 2) NOT NULL,
            balance_after numeric(15, 2) NOT NULL,
            status text NOT NULL DEFAULT 'completed' CHECK (status IN ('pending', 'completed', 'failed')),
            order_id uuid REFERENCES orders (id),
            payment_id uuid REFERENCES payments (id),
            created_at timestamptz NOT NULL DEFAULT now(),
            CHECK (balance_after = balance_before + amount),
            CHECK (CASE type WHEN 'consume' THEN amount <= 0
                             WHEN 'refund' THEN amount >= 0
                             WHEN 'recharge' THEN amount > 0
                             WHEN 'reward' THEN amount > 0
                             ELSE true END)
        );
        CREATE INDEX balance_transactions_by_user ON balance_transactions (user_id);
        CREATE UNIQUE INDEX one_ledger_row_per_payment ON balance_transactions (payment_id, type)
            WHERE payment_id IS NOT NULL;
        """

    static let refunds = """
        ALTER TABLE user_balances DROP CONSTRAINT user_balances_status_check,
            ADD CONSTRAINT user_balances_status_check
                CHECK (status IN ('normal', 'low', 'insufficient', 'frozen', 'closed')),
            ADD CHECK (status <> 'closed' OR balance = 0);

        -- What of the balance is frozen is the sum of it.
        ALTER TABLE balance_transactions ADD COLUMN frozen_change numeric(15, 2) NOT NULL DEFAULT 0,
            ADD CHECK (CASE type WHEN 'freeze' THEN amount = 0 AND frozen_change >= 0
                                 WHEN 'unfreeze' THEN amount = 0 AND frozen_change <= 0
                                 ELSE true END);

        -- Balances that were paid back to users who left.
        CREATE TABLE payouts (
            id uuid PRIMARY KEY,
            user_id uuid NOT NULL UNIQUE REFERENCES user_balances (user_id),
            amount numeric(15, 2) NOT NULL CHECK (amount > 0),
            created_at timestamptz NOT NULL DEFAULT now()
        );

        -- The payment provider's books: what it was asked to pay back, and how that ended.
        CREATE TABLE provider_refunds (
            id uuid PRIMARY KEY,
            payment_id uuid NOT NULL REFERENCES payments (id),
            order_id uuid NOT NULL REFERENCES orders (id),
            amount numeric(10, 2) NOT NULL CHECK (amount >= 0),
            status text NOT NULL DEFAULT 'accepted' CHECK (status IN ('accepted', 'refunded', 'failed', 'withdrawn')),
            will_succeed boolean NOT NULL,
            -- When the provider is through with it; infinity if it has forgotten about it.
            due_at timestamptz NOT NULL,
            settled_at timestamptz,
            created_at timestamptz NOT NULL DEFAULT now(),
            CHECK (status NOT IN ('refunded', 'failed') OR settled_at IS NOT NULL)
        );
        CREATE INDEX due_refunds ON provider_refunds (due_at) WHERE status = 'accepted';
        -- A payment is paid back at most once, whatever the programs do.
        CREATE UNIQUE INDEX one_live_refund_per_payment ON provider_refunds (payment_id)
            WHERE status IN ('accepted', 'refunded');
        """

    static let periods = """
        ALTER TABLE orders
            ADD COLUMN kind text NOT NULL DEFAULT 'purchase' CHECK (kind IN ('purchase', 'upgrade', 'renewal')),
            -- The order whose plan this one changes or prolongs.
            ADD COLUMN previous_order_id uuid REFERENCES orders (id),
            ADD COLUMN period_starts timestamptz,
            ADD COLUMN period_ends timestamptz,
            -- How often the balance was too low to pay it.
            ADD COLUMN charge_attempts integer NOT NULL DEFAULT 0 CHECK (charge_attempts >= 0),
            ADD CHECK ((kind = 'purchase') = (previous_order_id IS NULL)),
            ADD CHECK (period_starts < period_ends);
        -- A period is followed by one other, whatever the programs do.
        CREATE UNIQUE INDEX one_live_successor_per_order ON orders (previous_order_id)
            WHERE status IN ('pending', 'paid', 'completed');
        CREATE INDEX orders_by_end ON orders (period_ends) WHERE status = 'paid';
        """
}
