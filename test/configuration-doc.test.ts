import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKernel } from '@agent-factory/kernel';

const doc = await readFile(join(import.meta.dirname, '../docs/configuration.md'), 'utf8');
const [full = ''] = [...doc.matchAll(/^```yaml\n([^]*?)\n```$/gm)].map(([, text]) => text);

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
}

describe('docs/configuration.md', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'configuration-doc-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('shows a configuration that starts', async () => {
    await writeFile(join(folder, 'agent-factory.config.yaml'), full);
    const env = { OPENAI_API_KEY: 'none', AF_LOG__LEVEL: 'silent' };
    const kernel = createKernel({ baseDir: folder, env });
    try {
      await kernel.start();
      assert.equal(kernel.inspect().name, 'my-platform');
    } finally {
      await kernel.close();
    }
  });

  it('lists every key of the file, and no other', () => {
    const schema = createKernel({
      config: { plugins: [] },
      baseDir: folder,
      env: {},
    }).configSchema() as Schema;
    const keys = Object.entries(schema.properties ?? {}).flatMap(([key, { properties }]) =>
      properties ? Object.keys(properties).map((inner) => `${key}.${inner}`) : [key],
    );
    const table = doc.slice(doc.indexOf('## All keys'), doc.indexOf('An entry of `plugins`'));
    const listed = [...table.matchAll(/^\| `([^`]+)`/gm)].map(([, key]) => key);
    assert.deepEqual(new Set(listed), new Set(keys));
  });
});
