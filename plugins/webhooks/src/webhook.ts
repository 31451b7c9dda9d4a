/** What webhooks are told of. */
export const eventTypes = ['run.succeeded', 'run.failed', 'run.cancelled', 'run.waiting'] as const;

/** One of {@link eventTypes}. */
export type EventType = (typeof eventTypes)[number];

/** What is sent to try a webhook, whatever it is told of. */
export const testEvent = 'webhook.test';

/** Contents of a run that a webhook may ask for. */
export const contentNames = ['input', 'output', 'error', 'waitingFor', 'metadata'] as const;

/** One of {@link contentNames}. */
export type ContentName = (typeof contentNames)[number];

/** What somebody says of a webhook. */
export interface WebhookSettings {
  readonly url: string;
  readonly description: string;
  readonly events: readonly EventType[];
  readonly include: readonly ContentName[];
  readonly enabled: boolean;
}

/** A webhook, without its secrets. */
export interface Webhook extends WebhookSettings {
  readonly id: string;
  /** `AF_…`, or `hand`: somebody disabled it. */
  readonly disabledBy?: string;
  /** Milliseconds since the epoch, like the others. */
  readonly disabledAt?: number;
  /** When it failed first since it last succeeded. */
  readonly failingSince?: number;
  /** Until when the secret before the last one signs as well. */
  readonly formerSecretUntil?: number;
  readonly createdBy: string;
  readonly createdAt: number;
}

/** One event for one webhook. */
export interface Delivery {
  /** Sent as `webhook-id`; the same at every attempt. */
  readonly id: string;
  readonly type: string;
  readonly runId?: string;
  readonly state: 'pending' | 'delivered' | 'dead';
  /** Attempts in all, those before a replay too. */
  readonly attempts: number;
  readonly nextAt?: number;
  /** Code of what went wrong last. */
  readonly error?: string;
  readonly happenedAt: number;
  readonly endedAt?: number;
}

/** One request, and what came of it. */
export interface Attempt {
  readonly at: number;
  readonly durationMs: number;
  /** Of the answer, where there was one. */
  readonly status?: number;
  readonly error?: string;
  readonly reason?: string;
  /** The beginning of the answer. */
  readonly answer?: string;
}
