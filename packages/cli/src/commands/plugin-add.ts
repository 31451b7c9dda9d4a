import type { IsolationLevel } from '@agent-factory/sdk';
import { install, openBundle, readInstalled, type Proposal } from '@agent-factory/plugin-install';
import { askConsent, type ConsentOptions } from '../consent.ts';
import { duration } from '../duration.ts';
import { installBasis, pluginPlatform, printUpToDate, type RegistryOptions } from '../plugin-platform.ts';
import { paint, print, startProgress } from '../terminal.ts';

/** Options of `plugin add` and `plugin upgrade`. */
export interface AddOptions extends RegistryOptions, ConsentOptions {
  /** How long a version must have been public: `24h`, `0`. */
  readonly cooldown: string;
  /** Ids of author keys that are accepted although another was used before. */
  readonly acceptKey?: readonly string[];
  /** The least level they run isolated at, or `trusted`. */
  readonly isolation?: 'trusted' | IsolationLevel;
}

/** `agent-factory plugin add <package…>`: installs plugins, and has the running platform take them up. */
export async function addPlugins(specs: readonly string[], options: AddOptions): Promise<void> {
  const bundled = options.bundle === undefined ? [] : openBundle(options.bundle).specs;
  await change('add', specs.length > 0 ? specs : bundled, options);
}

/** `agent-factory plugin upgrade [package…]`: the newest versions that fit, of some or of all. */
export async function upgradePlugins(specs: readonly string[], options: AddOptions): Promise<void> {
  await change('upgrade', specs, options);
}

async function change(mode: 'add' | 'upgrade', specs: readonly string[], options: AddOptions): Promise<void> {
  const platform = await pluginPlatform(options);
  const before = readInstalled(platform.dataDir);
  const cancel = cancelling();
  const progress = startProgress();
  try {
    const { installed, set } = await install({
      ...installBasis(platform, options),
      mode,
      specs,
      // A bundle was made on purpose, of what was installed elsewhere.
      cooldownMs: options.bundle === undefined ? duration(options.cooldown, '--cooldown') : 0,
      acceptKeys: options.acceptKey ?? [],
      ...(options.isolation && { isolation: options.isolation }),
      progress: (text) => progress.say(text),
      consent: async (proposals) => {
        progress.done();
        return askConsent(proposals, options);
      },
    });
    cancel.tooLate();
    progress.done();
    if (options.json) print(JSON.stringify({ generation: set.generation, installed }, null, 2));
    else if (installed.length === 0) printUpToDate();
    else for (const one of installed) print(line(one));
    if (installed.length > 0) await platform.apply(before, options.json);
  } finally {
    progress.done();
    cancel.end();
  }
}

function line({ id, version, from }: Proposal): string {
  return `${paint('green', '✓')} ${id} ${version} ${from === undefined ? 'installed' : `instead of ${from}`}`;
}

/** Until the pointer has moved, Ctrl-C changes nothing, and says so. */
function cancelling(): { tooLate(): void; end(): void } {
  let late = false;
  const stop = (): void => {
    print(
      late
        ? '\nIt is installed; the running platform may not have taken it up.'
        : '\nCancelled; nothing was changed.',
    );
    process.exit(130);
  };
  process.once('SIGINT', stop);
  return { tooLate: () => void (late = true), end: () => void process.removeListener('SIGINT', stop) };
}
