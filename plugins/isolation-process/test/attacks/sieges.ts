import { isolationLevels, type IsolationLevel } from '@agent-factory/sdk';
import { skipWithout, type Mode } from './hostile.ts';

/** Where attacks of one siege run. */
export interface Siege {
  readonly level: IsolationLevel;
  readonly mode: Mode;
  readonly raw: boolean;
}

const both: readonly Mode[] = ['in the sandbox', 'as if vm2 had failed'];

/** Describes the same tests at every level and in both modes; those of a level that is not offered are skipped. */
export function atEveryLevel(tests: (siege: Siege) => void): void {
  for (const level of isolationLevels) for (const mode of both) describeSiege(level, mode, tests);
}

/** For what is the platform's own and the same at each level: both modes at the weakest. */
export function atTheWeakest(tests: (siege: Siege) => void): void {
  for (const mode of both) describeSiege('L1', mode, tests);
}

/**
 * For attacks that cost seconds: as if vm2 had failed at every level, and in the sandbox at the weakest, to which the
 * others add from outside.
 */
export function atLength(tests: (siege: Siege) => void): void {
  describeSiege('L1', 'in the sandbox', tests);
  for (const level of isolationLevels) describeSiege(level, 'as if vm2 had failed', tests);
}

function describeSiege(level: IsolationLevel, mode: Mode, tests: (siege: Siege) => void): void {
  describe(`at ${level}, ${mode}`, function () {
    this.timeout(120_000);
    before(function () {
      return skipWithout(this, level);
    });
    tests({ level, mode, raw: mode === 'as if vm2 had failed' });
  });
}
