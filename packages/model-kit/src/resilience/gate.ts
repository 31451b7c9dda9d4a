import { createLane, type Lane, type Pass } from './lane.ts';
import type { Limit, Limits } from './resilience-config.ts';

/** Lanes of tenants and models are forgotten when there are more than this, those that are empty. */
const mostLanes = 1000;

/** All lanes of one provider. */
export interface Gate {
  /** Lets a call in; at once where there is room. */
  enter(call: { model: string; tenant?: string; tokens: number; signal: AbortSignal }): Pass | Promise<Pass>;
  /** Whether tokens count, so that they need to be estimated. */
  readonly countsTokens: boolean;
}

const free: Pass = { leave() {} };

/** Makes the lanes that the limits name. */
export function createGate(provider: string, limits: Limits): Gate {
  const kinds = [
    // The narrowest first: who waits for a tenant's turn must not hold a place that others could use.
    { what: 'tenant', limit: limits.tenant, key: ({ tenant }: { tenant?: string }) => tenant ?? '' },
    { what: 'model', limit: limits.model, key: ({ model }: { model: string }) => model },
    { what: 'provider', limit: limits.provider, key: () => provider },
  ].flatMap(({ limit, ...kind }) => (limit && Object.keys(limit).length > 0 ? [{ ...kind, limit }] : []));
  const lanes = new Map<string, Lane>();
  const laneOf = (what: string, name: string, limit: Limit): Lane => {
    const key = `${what} ${name}`;
    let lane = lanes.get(key);
    if (!lane) {
      if (lanes.size >= mostLanes) for (const [old, { idle }] of lanes) if (idle) lanes.delete(old);
      lane = createLane(
        what === 'provider' ? provider : `${what} "${name}" at ${provider}`,
        limit,
        limits.waiting,
      );
      lanes.set(key, lane);
    }
    return lane;
  };
  const first = kinds[0];

  return {
    countsTokens: kinds.some(({ limit }) => limit.tokensPerMinute !== undefined),
    enter(call) {
      if (!first) return free;
      if (kinds.length === 1)
        return laneOf(first.what, first.key(call), first.limit).enter(call.tokens, call.signal);
      return enterAll(
        kinds.map((kind) => laneOf(kind.what, kind.key(call), kind.limit)),
        call.tokens,
        call.signal,
      );
    },
  };
}

async function enterAll(lanes: readonly Lane[], tokens: number, signal: AbortSignal): Promise<Pass> {
  const passes: Pass[] = [];
  const leave = (used?: number): void => {
    for (const pass of passes.reverse()) pass.leave(used);
  };
  try {
    for (const lane of lanes) passes.push(await lane.enter(tokens, signal));
  } catch (error) {
    leave(0);
    throw error;
  }
  return { leave };
}
