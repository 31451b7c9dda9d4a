// A registry in a process of its own: server.ts <folder>; prints its address.
import { openRegistry } from '@agent-factory/registry-server';

const quiet = { info: () => {}, warn: () => {}, error: () => {} };
const [dataDir = ''] = process.argv.slice(2);
const { url } = await openRegistry({
  port: 0,
  dataDir,
  log: quiet,
  publishRate: { packages: 0, minutes: 10 },
});
process.stdout.write(`${url}\n`);
