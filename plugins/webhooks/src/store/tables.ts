import type { Kysely } from 'kysely';

/** A webhook, as it is stored. */
export interface EndpointRow {
  readonly id: string;
  readonly url: string;
  readonly description: string;
  readonly events: string;
  readonly include: string;
  readonly enabled: number;
  readonly secrets: string;
  readonly disabled_by: string | null;
  readonly disabled_at: number | null;
  readonly failing_since: number | null;
  readonly created_by: string;
  readonly created_at: number;
}

/** A delivery, as it is stored. */
export interface DeliveryRow {
  readonly webhook_id: string;
  readonly message_id: string;
  readonly type: string;
  readonly run_id: string | null;
  readonly happened_at: number;
  readonly data: string;
  readonly state: 'pending' | 'delivered' | 'dead';
  readonly attempts: number;
  readonly tries: number;
  readonly next_at: number | null;
  readonly lease_until: number | null;
  readonly error: string | null;
  readonly created_at: number;
  readonly ended_at: number | null;
}

/** An attempt, as it is stored. */
export interface AttemptRow {
  readonly webhook_id: string;
  readonly message_id: string;
  readonly number: number;
  readonly at: number;
  readonly duration_ms: number;
  readonly status: number | null;
  readonly error: string | null;
  readonly reason: string | null;
  readonly answer: string | null;
}

/** The tables of a tenant, as migrations make them. */
export interface Tables {
  af_webhooks_endpoints: EndpointRow;
  af_webhooks_deliveries: DeliveryRow;
  af_webhooks_attempts: AttemptRow;
}

/** A query builder on them. */
export type WebhooksDatabase = Kysely<Tables>;
