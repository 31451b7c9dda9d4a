// A registry in a process of its own, for tests that kill it: node registry-child.ts FOLDER
import { openRegistry } from '@agent-factory/registry-server';

const open = await openRegistry({
  port: 0,
  dataDir: process.argv[2] ?? '',
  publishRate: { packages: 0, minutes: 10 },
  url: 'http://localhost',
});
process.send?.({ port: open.port });
