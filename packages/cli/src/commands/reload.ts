import { kernelFor, type CommonOptions } from '../boot.ts';
import { askPlatform } from '../control-socket.ts';
import { print } from '../terminal.ts';

/** `agent-factory reload`: the running platform reads its configuration again. */
export async function reload(options: CommonOptions): Promise<void> {
  const kernel = kernelFor(options);
  await kernel.plan();
  for (const line of await askPlatform<string[]>(kernel.sources().dataDir, { do: 'reload' })) print(line);
}
