import { isAgentFactoryError, type AgentFactoryError, type Logger } from '@agent-factory/sdk';
import type { AuditEntry, AuditLog, HttpRoute, KnownCaller, Principal } from '@agent-factory/sdk/contracts';
import type { HttpApiConfig } from './config.ts';
import { errors } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { createBucketMemory } from './bucket-memory.ts';

/** Entries of one chain that wait for the log to be written again. */
const mostHeld = 10_000;
const longestTarget = 300;
/** Statuses that say that something was not allowed; 421 is a page that does not belong here. */
const refusals: ReadonlySet<number> = new Set([401, 403, 421, 429]);

/** What became of a request. */
export interface Noted {
  readonly exchange: Exchange;
  readonly route: Pick<HttpRoute, 'operationId' | 'permission' | 'rate'>;
  /** Left out while it is not known. */
  readonly caller: KnownCaller | undefined;
  /** What the handler says it was done to. */
  readonly about?: string | undefined;
  /** What it was answered with, where that is a problem. */
  readonly problem?: AgentFactoryError;
}

/** What a trail is made from. */
export interface AuditTrailParts extends Pick<HttpApiConfig, 'loginsWithoutAudit'> {
  readonly audit: AuditLog;
  /** Permissions that are about the platform. */
  readonly platformWide: ReadonlySet<string>;
  readonly log: Logger;
}

/**
 * Writes into the audit log what was changed and what was refused. An entry that cannot be written is told to the
 * platform's log and held; until it is written nothing more is changed in its tenant.
 */
export class AuditTrail {
  readonly #audit: AuditLog;
  readonly #platformWide: ReadonlySet<string>;
  readonly #log: Logger;
  readonly #loginsWithoutAudit: HttpApiConfig['loginsWithoutAudit'];
  readonly #isNewlyEmpty: ReturnType<typeof createBucketMemory> = createBucketMemory();
  readonly #held = new Map<string, AuditEntry[]>();
  readonly #retries = new Map<string, Promise<void>>();
  readonly #writing = new Set<Promise<void>>();

  constructor({ audit, platformWide, log, loginsWithoutAudit }: AuditTrailParts) {
    this.#audit = audit;
    this.#platformWide = platformWide;
    this.#log = log;
    this.#loginsWithoutAudit = loginsWithoutAudit;
  }

  /** Throws AF_HTTP_AUDIT_UNAVAILABLE where what was done before cannot be written. */
  async ready(route: Noted['route'], principal: Principal): Promise<void> {
    const chain = this.#chainOf(route, principal) ?? '';
    if (!this.#held.has(chain)) return;
    if (isLogin(route) && this.#loginsWithoutAudit === 'allow') return;
    const retry = this.#retries.get(chain) ?? this.#writeHeld(chain);
    this.#retries.set(chain, retry);
    await retry.finally(() => this.#retries.delete(chain));
    if (this.#held.has(chain)) throw errors.AF_HTTP_AUDIT_UNAVAILABLE({});
  }

  /** Resolves once it is written, or held. What a rate limit refuses is noted once for each bucket and window. */
  async note(noted: Noted): Promise<void> {
    if (noted.problem && !this.#isNewlyEmpty(noted.problem)) return;
    const writing = this.#write(this.#chainOf(noted.route, noted.caller), entryOf(noted));
    this.#writing.add(writing);
    await writing.finally(() => this.#writing.delete(writing));
  }

  /** Resolves once nothing is left to write; what is held is tried once more. */
  async settled(): Promise<void> {
    await Promise.all(this.#writing);
    await Promise.all([...this.#held.keys()].map((chain) => this.#writeHeld(chain)));
  }

  #chainOf({ permission }: Noted['route'], caller: KnownCaller | undefined): string | undefined {
    if (caller === undefined || caller.kind === 'anonymous') return undefined;
    return typeof permission === 'string' && this.#platformWide.has(permission) ? undefined : caller.tenant;
  }

  async #write(chain: string | undefined, entry: AuditEntry): Promise<void> {
    try {
      await this.#record(chain, entry);
    } catch (error) {
      const held = this.#held.get(chain ?? '') ?? [];
      if (held.length < mostHeld) this.#held.set(chain ?? '', [...held, entry]);
      this.#log.error('an entry of the audit log could not be written', { ...entry, error });
    }
  }

  /** Somebody may ask for a tenant that there is not, or no longer. */
  async #record(chain: string | undefined, entry: AuditEntry): Promise<void> {
    try {
      await this.#audit.chain(chain).record(entry);
    } catch (error) {
      if (chain === undefined || !isAgentFactoryError(error, 'AF_TENANT_UNKNOWN')) throw error;
      await this.#audit.chain().record(entry);
    }
  }

  async #writeHeld(chain: string): Promise<void> {
    const held = [...(this.#held.get(chain) ?? [])];
    // Given together, they are written together; those that fail were told when they were held.
    const ends = await Promise.allSettled(held.map((entry) => this.#record(chain || undefined, entry)));
    const written = new Set(held.filter((_entry, at) => ends[at]?.status === 'fulfilled'));
    const left = (this.#held.get(chain) ?? []).filter((one) => !written.has(one));
    if (left.length > 0) this.#held.set(chain, left);
    else this.#held.delete(chain);
  }
}

function entryOf({ exchange, route, caller, about, problem }: Noted): AuditEntry {
  const { permission, operationId } = route;
  const { id, tenant, kind, credential }: KnownCaller = caller ?? { id: 'anonymous', kind: 'anonymous' };
  return {
    at: Date.now(),
    who: id,
    ...(tenant !== undefined && kind !== 'anonymous' && { tenant }),
    ...(credential && { credential: `${credential.scheme}:${credential.id}` }),
    action: operationId,
    ...(typeof permission === 'string' && { permission }),
    target: (about ?? exchange.path).slice(0, longestTarget),
    outcome: problem === undefined ? 'done' : refusals.has(problem.status) ? 'refused' : 'failed',
    ...(problem && { code: problem.code }),
    requestId: exchange.requestId,
  };
}

/** Whether a route lets people in: without it nobody could come and mend what is broken. */
function isLogin({ permission, rate }: Noted['route']): boolean {
  return rate === 'login' && typeof permission !== 'string';
}

/** Whether an answer says that something was not allowed. */
export function isRefusal({ status }: AgentFactoryError): boolean {
  return refusals.has(status);
}
