import assert from 'node:assert/strict';
import type { ConformanceSuite } from './conformance.ts';
import type { JobsFacts, JobsFixture, On } from './jobs-case.ts';
import { controlCases } from './jobs-control-cases.ts';
import { enqueueCases } from './jobs-enqueue-cases.ts';
import { flowCases } from './jobs-flow-cases.ts';
import { inputCases } from './jobs-input-cases.ts';
import { lossCases } from './jobs-loss-cases.ts';
import { retryCases } from './jobs-retry-cases.ts';
import { scheduleCases } from './jobs-schedule-cases.ts';
import { tenantCases } from './jobs-tenant-cases.ts';
import { workerCases } from './jobs-worker-cases.ts';

/**
 * What every engine of jobs must do: `Jobs`, `JobControl` and `JobSchedules` together. `open` gives an empty back end
 * each time. Cases wait for up to 15 seconds and the longest of the engine's own times; give the runner that much.
 *
 * @example
 * ```ts
 * declare function openEmptyBackEnd(): Promise<JobsFixture>;
 * declare const it: { (name: string, run: () => Promise<void>): void; skip(name: string): void };
 * for (const { name, skip, run } of jobsSuite(openEmptyBackEnd, { lostWithinMs: 1000 }))
 *   if (skip === undefined) it(name, run);
 *   else it.skip(`${name} (${skip})`);
 * ```
 */
export function jobsSuite(open: () => Promise<JobsFixture>, facts: JobsFacts): ConformanceSuite {
  const { skip = {} } = facts;
  const on: On = (name, work) => ({
    name,
    ...(skip[name] !== undefined && { skip: skip[name] }),
    async run() {
      const fixture = await open();
      try {
        await work(await fixture.open(), fixture);
      } finally {
        await fixture.close();
      }
    },
  });
  const suite = [
    ...enqueueCases(on, facts),
    ...workerCases(on),
    ...retryCases(on, facts),
    ...lossCases(on, facts),
    ...tenantCases(on),
    ...flowCases(on),
    ...controlCases(on),
    ...scheduleCases(on),
    ...inputCases(on),
  ];
  for (const name of Object.keys(skip))
    assert.ok(
      suite.some((each) => each.name === name),
      `there is no case "${name}" to skip`,
    );
  return suite;
}
