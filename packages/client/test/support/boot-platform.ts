import type { JsonObject } from '@agent-factory/sdk';
import { HttpServer } from '@agent-factory/sdk/contracts';
import { addMember, bootTestKernel, type TestKernel } from '@agent-factory/sdk/testing';

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
  const { key } = await addMember(kernel, 'default', ['builder', 'tenant-admin']);
  return { kernel, url: kernel.use(HttpServer).url() ?? '', token: key };
}
