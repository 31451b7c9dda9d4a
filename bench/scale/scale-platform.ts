import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';

/** Writes the configuration that the API and the workers share. */
export async function scalePlatform(
  folder: string,
  postgresUrl: string,
  redisUrl: string,
  delayMs: number,
): Promise<{ readonly configFile: string; readonly port: number }> {
  const plugin = (name: string): string => `@agent-factory/plugin-${name}`;
  const call = { name: 'calculate', input: { expression: '41 + 1' } };
  const config = {
    name: 'scale',
    dataDir: join(folder, 'state'),
    log: { level: 'warn' },
    plugins: [
      { use: plugin('storage-postgres'), config: { url: postgresUrl } },
      plugin('journal-sql'),
      { use: plugin('jobs-bullmq'), config: { url: redisUrl } },
      {
        use: plugin('llm-scripted'),
        config: {
          scripts: {
            task: [
              { reply: { toolCalls: [call], delayMs } },
              { reply: { text: 'It is {{toolResult}}.', delayMs } },
            ],
          },
        },
      },
      plugin('tools-builtin'),
      {
        use: plugin('agent-runtime'),
        config: {
          agents: [
            { name: 'worker', instructions: 'Calculate.', model: 'scripted/task', tools: ['calculate'] },
          ],
        },
      },
      plugin('http-api'),
    ],
  };
  const configFile = join(folder, 'agent-factory.config.json');
  writeFileSync(configFile, JSON.stringify(config, null, 2));
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP server that listens has one
  server.close();
  return { configFile, port };
}
