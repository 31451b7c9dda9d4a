import { defineContract, type SingleContract } from '../contract.ts';
import type { ChangeCondition } from './change-condition.ts';
import type { SqlStatement } from './storage.ts';

/** How much of everything a tenant may use. What is left out is not limited. Days and months are those of UTC. */
export interface QuotaLimits {
  /** Runs that are queued or worked on at the same time. One that waits for somebody does not count. */
  readonly runsAtOnce?: number;
  readonly runsPerDay?: number;
  /** Of input and output together. */
  readonly tokensPerDay?: number;
  readonly tokensPerMonth?: number;
  /** US dollars, by the price table. */
  readonly usdPerDay?: number;
  readonly usdPerMonth?: number;
  /** Bytes of all artifacts together. */
  readonly storageBytes?: number;
  /** Requests to the HTTP API. */
  readonly requestsPerMinute?: number;
}

/** Names of {@link QuotaLimits}. */
export type QuotaName = keyof QuotaLimits;

/** Whether what models use is limited: then each call of one is counted, and looked at before it is made. */
export function limitsModels(limits: QuotaLimits): boolean {
  const { tokensPerDay, tokensPerMonth, usdPerDay, usdPerMonth } = limits;
  return [tokensPerDay, tokensPerMonth, usdPerDay, usdPerMonth].some((limit) => limit !== undefined);
}

/** What the operator set for one tenant. `null`: it is not limited, whatever holds for others. */
export type QuotaOverrides = { readonly [Name in QuotaName]?: number | null };

/** A limit that holds, and how much of it is used. */
export interface QuotaUse {
  readonly quota: QuotaName;
  readonly most: number;
  /** Left out where somebody else counts it: requests, and bytes of artifacts. */
  readonly used?: number;
  /** When it begins anew, in milliseconds since the epoch; left out where time alone gives nothing back. */
  readonly resetsAt?: number;
}

/** Something that happened to a run and is counted. */
export interface QuotaChange {
  readonly runId: string;
  /** It begins, and nobody's run started it: refused where there is no more. */
  readonly begins?: boolean;
  /** From now on it is worked on, or is not any more. */
  readonly place?: 'taken' | 'left';
  /** What a model's answer used. */
  readonly tokens?: number;
  readonly nanoUsd?: number;
}

/** The quotas of one tenant. */
export interface TenantQuotas {
  /** The limits that hold. They are remembered, so that other processes hear of changes some seconds later. */
  limits(): Promise<QuotaLimits>;
  /** How much is used of each limit that holds. AF_TENANT_UNKNOWN. */
  usage(): Promise<readonly QuotaUse[]>;
  /** Fails with AF_QUOTA_EXCEEDED where no run may begin now, by what the database says. */
  checkStart(): Promise<void>;
  /**
   * Fails where a model may not be asked: AF_QUOTA_EXCEEDED; AF_QUOTA_PRICE_UNKNOWN where money is limited and
   * the model `isPriced` is asked about has no price. Without such limits it asks nothing.
   */
  checkCall(model: string, isPriced: () => Promise<boolean>): Promise<void>;
  /**
   * Statements on the tenant's database that are written with the events of the change, in one transaction. That of a
   * beginning is a guard: where there is no more, all of it is undone (AF_STORAGE_GUARD_FAILED), and
   * {@link checkStart} says why. It goes by the limits as last known, so ask for {@link limits} before a run begins.
   */
  count(change: QuotaChange): readonly SqlStatement[];
  /** What the operator set for this tenant. AF_TENANT_UNKNOWN. */
  overrides(): Promise<QuotaOverrides>;
  /** Sets them anew, all of them. AF_TENANT_UNKNOWN. */
  override(limits: QuotaOverrides, condition?: ChangeCondition<QuotaOverrides>): Promise<void>;
}

/** How much tenants may use. What is used is counted where it happens, with what happens. */
export interface Quotas {
  tenant(id: string): TenantQuotas;
}

/** Token of {@link Quotas}. */
export const Quotas: SingleContract<Quotas> = defineContract<Quotas>({
  id: 'quotas',
  version: '1.0.0',
  description: 'How much tenants may use.',
});
