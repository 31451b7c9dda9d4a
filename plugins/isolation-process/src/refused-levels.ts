import { isolationLevels, type IsolationLevel, type IsolationOffer } from '@agent-factory/sdk';

/** Why no level from this one on is to be had, as sentences. */
export function whyRefused(
  offers: readonly IsolationOffer[],
  asked: IsolationLevel,
  strongest: IsolationLevel,
): string {
  const [from, limit] = [asked, strongest].map((level) => isolationLevels.indexOf(level));
  return offers
    .filter(({ level }) => isolationLevels.indexOf(level) >= (from ?? 0))
    .map(({ level, available, why }) =>
      isolationLevels.indexOf(level) > (limit ?? 0) && available
        ? `${level}: "strongest" of isolation-process is ${strongest}.`
        : `${level}: ${why}`,
    )
    .join(' ');
}
