import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JobControl, Jobs, JobSchedules, Storage } from '@agent-factory/sdk/contracts';
import { bootTestKernel, waitFor, type TestKernel } from '@agent-factory/sdk/testing';

const root = join(import.meta.dirname, '..');
const guide = readFileSync(join(root, 'docs/jobs.md'), 'utf8');
const examples = [...guide.matchAll(/^## (.*)$|^```ts\n([^]*?)\n```$/gm)];
const plugins = ['storage-sqlite', 'jobs-local'].map((name) => join(root, 'plugins', name));

/** What the examples may name. */
type Scope = readonly [jobs: Jobs, control: JobControl, schedules: JobSchedules, storage: Storage];

describe('docs/jobs.md', () => {
  let kernel: TestKernel;
  let scope: Scope;
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'agent-factory-examples-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));
  beforeEach(async () => {
    kernel = await bootTestKernel({ plugins });
    const storage = kernel.use(Storage);
    scope = [kernel.use(Jobs), kernel.use(JobControl), kernel.use(JobSchedules), storage];
    await storage.execute(
      'CREATE TABLE af_shop_orders (id INTEGER, state TEXT, fence INTEGER NOT NULL DEFAULT 0)',
    );
    await storage.execute('INSERT INTO af_shop_orders (id) VALUES (7)');
  });
  afterEach(() => kernel.close());

  const run = async (code: string): Promise<void> => {
    const file = join(folder, `example-${number++}.ts`);
    await writeFile(file, `export default async (jobs, control, schedules, storage) => {\n${code}\n};\n`);
    const { default: example } = (await import(file)) as { default(...given: Scope): Promise<void> };
    await example(...scope);
  };

  let number = 1;
  let heading = '';
  for (const { 1: title, 2: code, index } of examples) {
    if (title !== undefined) heading = title;
    if (code === undefined) continue;
    it(`has an example of "${heading}" that runs (line ${guide.slice(0, index).split('\n').length})`, async () => {
      await run(code);
      const [, control] = scope;
      await waitFor('what began to end', async () => (await control.list({ state: 'active' })).length === 0);
      assert.deepEqual(await control.list({ state: 'dead' }), []);
    });
  }

  it('has examples', () => {
    assert.ok(examples.filter(([, , code]) => code !== undefined).length >= 8);
  });
});
