// Installs plugins in a process of its own, to be killed: install-child.ts <folder for state> <registry> <package…>
import { httpTransport, install } from '@agent-factory/plugin-install';
import { kernelVersion } from '@agent-factory/kernel';

const [dataDir = '', registry = '', ...specs] = process.argv.slice(2);
await install({
  dataDir,
  mode: 'add',
  specs,
  registry,
  transport: httpTransport,
  beside: [],
  providers: {},
  kernelVersion,
  cooldownMs: 0,
  consent: async () => ({}),
  check: async () => {},
});
