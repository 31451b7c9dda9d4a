import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Secret } from '@agent-factory/sdk';
import {
  AuditLog,
  createSealedText,
  createUseTenant,
  defaultTenant,
  Journal,
  TenantStorage,
} from '@agent-factory/sdk/contracts';
import { createOutbound, type OutboundOptions } from '@agent-factory/sdk/outbound';
import { silentLog } from '@agent-factory/sdk/testing';
import type { WebhooksConfig } from '../../src/config.ts';
import { drain, type Drained, type DrainParts } from '../../src/send/drain.ts';
import type { WebhookProcess } from './open-webhooks.ts';

/** A sender whose clock stands still unless it is set. */
export interface TimedSender {
  now: number;
  /** Sends what is due. */
  drain(webhook: string, signal?: AbortSignal): Promise<Drained>;
}

/** What is not as it is by default. */
export interface TimedOptions extends Pick<OutboundOptions, 'resolve'> {
  readonly config?: Partial<WebhooksConfig>;
  readonly secret?: string;
}

/** The defaults of the plugin, as its manifest has them. */
function defaults(): WebhooksConfig {
  const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));
  const properties: Record<string, { default?: unknown }> = manifest.agentFactory.config.properties;
  return Object.fromEntries(
    Object.entries(properties).map(([name, { default: value }]) => [name, value]),
  ) as unknown as WebhooksConfig; // but for the secret, which nobody sends by
}

/** Makes one on the storage of a process that sends nothing itself. */
export function timedSender(
  { kernel }: WebhookProcess,
  { config = {}, secret = 'a secret of at least thirty-two characters', resolve }: TimedOptions = {},
): TimedSender {
  const whole = { ...defaults(), allowHttp: true, allowHosts: ['127.0.0.1'], ...config };
  const parts: DrainParts = {
    config: whole,
    useTenant: createUseTenant(kernel.use(TenantStorage)),
    journal: kernel.use(Journal),
    sealed: createSealedText(new Secret(secret).reveal(), 'webhooks secrets'),
    outbound: createOutbound({
      allowHosts: whole.allowHosts,
      settings: { hosts: 'hosts', time: 'time' },
      resolve,
    }),
    audit: kernel.use(AuditLog),
    log: silentLog,
    now: () => sender.now,
    random: () => 0.5,
  };
  const sender: TimedSender = {
    now: Date.now() + 1_000, // after what was written by the clock of the machine
    drain: (webhook, signal = new AbortController().signal) =>
      drain({ tenant: defaultTenant, webhook }, signal, parts),
  };
  return sender;
}
