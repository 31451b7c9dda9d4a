import { askPlatform } from '../ask-platform.ts';
import { kernelFor, type CommonOptions } from '../boot.ts';
import { paint, print } from '../terminal.ts';

/** Options of `reload`. */
export interface ReloadOptions extends CommonOptions {
  /** Name of the one process to ask. Default: all that run here. */
  readonly process?: string;
}

/** `agent-factory reload`: the running platform, every process of it, reads its configuration again. */
export async function reload(options: ReloadOptions): Promise<void> {
  const kernel = kernelFor(options);
  await kernel.plan();
  const { dataDir } = kernel.sources();
  const answers = await askPlatform<string[]>(dataDir, { do: 'reload' }, options.process);
  let refusal: Error | undefined;
  for (const one of answers) {
    const refused = 'error' in one;
    if (answers.length > 1) print(`${paint('bold', one.name)}${refused ? ': refused' : ''}`);
    if (refused) refusal ??= one.error;
    else for (const line of one.answer) print(line);
  }
  if (refusal) throw refusal;
}
