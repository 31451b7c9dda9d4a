import type { Score } from '@agent-factory/sdk/contracts';

/** Something that had to be so. */
export interface Demand {
  readonly isMet: boolean;
  /** What is wrong, where it is not met: "B was not called". */
  readonly fault: string;
}

/** The share of demands that are met. */
export function shareOf(demands: readonly Demand[], allMet: string): Score {
  const faults = demands.filter(({ isMet }) => !isMet).map(({ fault }) => fault);
  if (faults.length === 0) return { score: 1, reason: allMet };
  return { score: 1 - faults.length / demands.length, reason: `${faults.join('; ')}.` };
}
