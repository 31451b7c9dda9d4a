import { table, type Bar } from './report.ts';
import { runCase } from './run-case.ts';
import type { UpgradeResult } from './upgrade-under-load.ts';

/** Live upgrades of one plugin under load, one in five of them broken. */
export function upgradePart(folder: string, upgrades: number): { text: string; bars: Bar[] } {
  const outcome = runCase<UpgradeResult>('upgrade', folder, upgrades);
  if ('failure' in outcome) throw new Error(outcome.failure);
  const { result } = outcome;
  const count = (value: number): string => value.toLocaleString('en');
  const rows: [string, string][] = [
    ['upgrades', count(result.upgrades)],
    ['of them broken, in six ways', count(result.broken)],
    ['calls meanwhile', count(result.calls)],
    ['failed calls', count(result.failedCalls)],
    ['broken versions blamed wrongly or let in', count(result.wrongBlame)],
    ['sound versions refused', count(result.refusedSound)],
    ['effects of old versions left', count(result.effectsLeft)],
    ['generations alive at once, at most', count(result.peakGenerations)],
    [
      'milliseconds for an upgrade: median, 99th percentile',
      `${result.medianMs.toFixed(1)}, ${result.slowMs.toFixed(1)}`,
    ],
    ['heap kept for each upgrade', `${(result.bytesKept / 1024).toFixed(1)} KB`],
    ['the same once V8 needs memory', `${(result.bytesKeptUnderPressure / 1024).toFixed(1)} KB`],
  ];
  const text = [
    '## Live upgrades',
    [
      'One plugin of about 40 KB in the reclaimable format, upgraded again and again while a caller asks it every',
      'millisecond; each question is two calls of 5 ms that must both be answered by the version first asked.',
    ].join(' '),
    table(['', ''], rows),
  ].join('\n\n');
  const bars = [
    { what: 'failed calls', most: 0, measured: result.failedCalls, digits: 0 },
    { what: 'wrong blame', most: 0, measured: result.wrongBlame + result.refusedSound, digits: 0 },
    { what: 'effects of old versions left', most: 0, measured: result.effectsLeft, digits: 0 },
    { what: 'KB of heap kept for each upgrade', most: 5, measured: result.bytesKept / 1024 },
  ];
  return { text, bars };
}
