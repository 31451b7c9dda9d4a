import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAgentFactoryError } from '@agent-factory/sdk';
import { type ResolveInput, resolve } from '../../src/resolve/resolve.ts';
import { onPaper, requestOf } from './packages-on-paper.ts';

const folder = join(import.meta.dirname, 'golden');
const rewrite = process.env['UPDATE_GOLDEN'] === '1';

const runtime = onPaper('agent-runtime@0.1.0', { requires: { journal: '^1.0.0' } });
const journal = onPaper('journal-sqlite@0.3.0', { provides: { journal: '1.2.0' } });
const clocks = [
  onPaper('clock-a', { provides: { clock: '1.0.0' } }),
  onPaper('clock-b', { provides: { clock: '2.0.0' } }),
];
const entry = (use: string, ...candidates: ResolveInput['requested'][number]['candidates']) => ({
  use,
  candidates,
});

/** One file of `golden` each. */
const scenarios: Readonly<Record<string, ResolveInput>> = {
  'missing-provider': requestOf([runtime]),
  'missing-provider-known': requestOf([runtime], { available: [journal, onPaper('journal-pg')] }),
  'missing-provider-misspelt': requestOf([onPaper('app', { requires: { jurnal: '*' } }), journal]),
  'missing-plugin': requestOf([onPaper('app', { plugins: { weather: '^1.0.0' } })], {
    available: [onPaper('weather@1.0.0'), onPaper('weather@2.0.0')],
  }),
  'provider-ambiguity': requestOf(clocks),
  'provider-ambiguity-one-fits': requestOf([...clocks, onPaper('user', { requires: { clock: '^2.0.0' } })]),
  'version-too-old': requestOf([onPaper('app', { requires: { clock: '^1.4.0' } }), clocks[0]!], {
    available: [onPaper('clock-a@1.5.0', { provides: { clock: '1.4.2' } })],
  }),
  'version-too-new': requestOf([onPaper('app', { requires: { clock: '^1.0.0' } }), clocks[1]!]),
  'version-held-back-by-the-configuration': {
    ...requestOf([onPaper('app', { plugins: { lib: '^2.0.0' } })]),
    requested: [
      entry('app', onPaper('app', { plugins: { lib: '^2.0.0' } })),
      { ...entry('lib', onPaper('lib@1.0.0'), onPaper('lib@2.0.0'), onPaper('lib@2.1.0')), range: '^1.0.0' },
    ],
  },
  'kernel-from-the-future': requestOf([onPaper('weather@2.0.0', { kernel: '^3.1.0' })], {
    available: [
      onPaper('weather@1.9.0', { kernel: '^0.1.0' }),
      onPaper('weather@2.1.0', { kernel: '^3.1.0' }),
    ],
  }),
  'kernel-from-the-past': requestOf([onPaper('weather@1.0.0', { kernel: '<0.1.0' })]),
  conflict: requestOf([onPaper('vm-a', { conflicts: { 'vm-b': '<2.0.0' } }), onPaper('vm-b@1.5.0')]),
  'cycle-of-two': requestOf([
    onPaper('a', { requires: { x: '^1.0.0' }, contributes: { y: '1.0.0' } }),
    onPaper('b', { provides: { x: '1.0.0' }, collects: { y: '^1.0.0' } }),
  ]),
  'cycle-of-three': requestOf([
    onPaper('a', { plugins: { b: '*' } }),
    onPaper('b', { optional: { z: '*' } }),
    onPaper('c', { provides: { z: '1.0.0' }, plugins: { a: '*' } }),
    onPaper('above', { plugins: { c: '*' } }),
  ]),
  'duplicate-id': {
    ...requestOf([]),
    requested: [
      entry('./weather', onPaper('weather@1.1.0')),
      entry('@acme/weather', onPaper('weather@1.0.0')),
    ],
  },
  'wrong-providers-choice-absent': requestOf([...clocks], { providers: { clock: 'clok-b' } }),
  'wrong-providers-choice-unable': requestOf([clocks[0]!, onPaper('clock')], {
    providers: { clock: 'clock' },
  }),
  'incompatible-contribution': requestOf([
    onPaper('agent-runtime', { collects: { tool: '^2.0.0' } }),
    onPaper('calculator@0.9.0', { contributes: { tool: '1.3.0' } }),
    onPaper('search', { contributes: { tool: '2.0.0' } }),
  ]),
  'two-problems-at-once': requestOf([runtime, onPaper('weather@2.0.0', { kernel: '^3.1.0' })], {
    available: [journal],
  }),
  'one-mend-for-two-problems': requestOf(
    [runtime, onPaper('app', { plugins: { 'journal-sqlite': '^0.3.0' }, requires: { journal: '^1.2.0' } })],
    { available: [journal] },
  ),
  'no-versions-in-the-store-fit': requestOf([
    onPaper('app@1.0.0', { plugins: { lib: '^1.0.0' } }),
    onPaper('app@2.0.0', { plugins: { lib: '^2.0.0' } }),
    onPaper('lib@1.0.0', { requires: { clock: '^2.0.0' } }),
    onPaper('lib@2.0.0', { requires: { clock: '^2.0.0' } }),
    onPaper('lib@2.1.0', { requires: { clock: '^3.0.0' } }),
    onPaper('clock-a@1.0.0', { provides: { clock: '1.0.0' } }),
    onPaper('clock-a@2.0.0', { provides: { clock: '2.0.0' }, conflicts: { app: '*' } }),
    onPaper('unconcerned'),
  ]),
};

describe('the explanation of a conflict', () => {
  for (const [name, input] of Object.entries(scenarios)) {
    it(`reads as in ${name}.txt`, () => {
      const file = join(folder, `${name}.txt`);
      const text = explanation(input);
      if (rewrite) writeFileSync(file, text);
      assert.equal(text, readFileSync(file, 'utf8'));
    });
  }

  it('has no golden file that nothing writes', () => {
    const expected = Object.keys(scenarios).map((name) => `${name}.txt`);
    assert.deepEqual(readdirSync(folder).toSorted(), expected.toSorted());
  });

  it('is the same whatever the order of the input', () => {
    for (const input of Object.values(scenarios)) {
      const reversed = {
        ...input,
        requested: input.requested
          .toReversed()
          .map((one) => ({ ...one, candidates: one.candidates.toReversed() })),
        available: input.available?.toReversed() ?? [],
      };
      assert.equal(explanation(reversed), explanation(input));
    }
  });

  it('gives each problem as data too', () => {
    try {
      resolve(scenarios['two-problems-at-once']!);
      assert.fail('must not resolve');
    } catch (error) {
      assert.ok(isAgentFactoryError(error, 'AF_RESOLVE_FAILED'));
      const problems = error.details['problems'] as { plugins: string[]; reasons: string[] }[];
      assert.deepEqual(
        problems.map(({ plugins }) => plugins),
        [['weather'], ['agent-runtime']],
      );
    }
  });

  it('explains many problems among many plugins without delay', () => {
    const packages = Array.from({ length: 1000 }, (_, n) =>
      onPaper(`p${n}`, { requires: { [`c${n}`]: '^1.0.0' } }),
    );
    assert.match(explanation(requestOf(packages)), /Problem 1000 of 1000/);
  });
});

function explanation(input: ResolveInput): string {
  try {
    resolve(input);
  } catch (error) {
    assert.ok(isAgentFactoryError(error, 'AF_RESOLVE_FAILED'), String(error));
    return `${error.message}\n\n${error.fix}\n`;
  }
  assert.fail('must not resolve');
}
