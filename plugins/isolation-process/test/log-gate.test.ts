import assert from 'node:assert/strict';
import type { Logger } from '@agent-factory/sdk';
import { LogGate } from '../src/log-gate.ts';

describe('the gate to the log', () => {
  let ms: number;
  let written: [level: string, message: string, fields: unknown][];
  let gate: LogGate;
  beforeEach(() => {
    ms = 0;
    written = [];
    const at = (level: string) => (message: string, fields?: unknown) =>
      void written.push([level, message, fields]);
    const log: Logger = {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      child: () => log,
    };
    gate = new LogGate(log, 2, () => ms);
  });

  it('lets so many lines of a second through, and says so of each', () => {
    const through = [1, 2, 3].map((line) => gate.write(3, JSON.stringify([`line ${line}`, {}]), 0));
    assert.deepEqual(through, [true, true, false]);
    assert.deepEqual(written, [
      ['error', 'line 1', { fields: {} }],
      ['error', 'line 2', { fields: {} }],
    ]);
  });

  it('tells with the next second what was dropped, here and before', () => {
    for (const line of [1, 2, 3]) gate.write(1, JSON.stringify([`line ${line}`, {}]), 0);
    ms = 1000;
    gate.write(1, '["after", {}]', 40);
    assert.deepEqual(written.slice(2), [
      ['warn', 'Lines of an isolated plugin were dropped.', { lines: 41 }],
      ['info', 'after', { fields: {} }],
    ]);
  });
});
