import type { JsonObject } from '@agent-factory/sdk';
import { Accounts, ApiKeys, HttpServer } from '@agent-factory/sdk/contracts';
import { bootTestKernel, type TestKernel } from '@agent-factory/sdk/testing';

/** A platform with one tenant, one program in it, and its key. */
export interface TestPlatform {
  readonly kernel: TestKernel;
  readonly url: string;
  readonly token: string;
}

const plugin = (id: string, config: JsonObject = {}) => ({ use: `@agent-factory/plugin-${id}`, config });

/** Boots it. */
export async function bootPlatform(serving: JsonObject = {}): Promise<TestPlatform> {
  const kernel = await bootTestKernel({
    baseDir: import.meta.dirname,
    plugins: [
      plugin('storage-sqlite'),
      plugin('journal-sql'),
      plugin('llm-scripted', { scripts: { demo: ['You said: {{input}}'] }, loop: true }),
      plugin('agent-runtime', { agents: [] }),
      plugin('accounts-sql'),
      plugin('auth-api-key'),
      plugin('idempotency-sql'),
      plugin('http-api', { port: 0, heartbeatMs: 100, ...serving }),
    ],
  });
  const { id } = await kernel.use(Accounts).create({ kind: 'service', name: 'program' });
  await kernel.use(Accounts).setMember('default', id, { roles: ['builder', 'tenant-admin'] });
  const { secret: token } = await kernel
    .use(ApiKeys)
    .tenant('default')
    .create({ account: id, name: 'a', by: id });
  return { kernel, url: kernel.use(HttpServer).url() ?? '', token };
}
