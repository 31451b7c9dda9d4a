import { HttpServer } from '@agent-factory/sdk/contracts';
import { bootTestKernel } from '@agent-factory/sdk/testing';
import { env, plugins, serving } from '../security/matrix/matrix-platform.ts';

/** The OpenAPI document that all plugins with routes serve together, asked for as a client asks. */
export async function currentDocument(): Promise<Record<string, unknown>> {
  const kernel = await bootTestKernel({
    env,
    plugins: ['@agent-factory/plugin-storage-sqlite', ...plugins, serving],
  });
  try {
    const answer = await fetch(`${kernel.use(HttpServer).url()}/api/v1/openapi.json`);
    return (await answer.json()) as Record<string, unknown>; // its own document
  } finally {
    await kernel.close();
  }
}
