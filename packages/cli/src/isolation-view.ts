import type { Kernel } from '@agent-factory/kernel';
import { Isolation, type IsolatedPlugin, type IsolationOffer } from '@agent-factory/sdk';

/** How plugins are kept apart from the platform, where one of its plugins does that. */
export interface IsolationView {
  /** What this machine offers, the weakest level first. */
  readonly offers: readonly IsolationOffer[];
  readonly plugins: readonly IsolatedPlugin[];
}

/** Asks the plugin that isolates; nothing where there is none. */
export async function isolationOf(kernel: Kernel): Promise<IsolationView | undefined> {
  if (!kernel.inspect().contracts[Isolation.id]) return undefined;
  const isolation = kernel.use(Isolation);
  const [offers, plugins] = await Promise.all([isolation.levels(), isolation.plugins()]);
  return { offers, plugins };
}

/** What runs isolated now; nothing where nothing can. */
export async function isolatedIn(kernel: Kernel): Promise<readonly IsolatedPlugin[]> {
  return kernel.inspect().contracts[Isolation.id] ? kernel.use(Isolation).plugins() : [];
}

/** What a plugin is not kept from at its level, as one text; nothing where all is enforced. */
export function notEnforced({ offers }: IsolationView, { level }: IsolatedPlugin): string {
  return offers.find((offer) => offer.level === level)?.notEnforced.join('; ') ?? '';
}

/** For the lines below the boot tree: each level as it was tried, and what is left open by those in use. */
export function isolationLines(view: IsolationView): string[] {
  if (view.plugins.length === 0) return [];
  const tried = view.offers.map(
    ({ level, available, why }) => `  ${level} ${available ? 'yes' : 'no'}: ${why}`,
  );
  const open = view.plugins.flatMap((plugin) => {
    const missing = notEnforced(view, plugin);
    return missing === '' ? [] : [`  ${plugin.id} runs at ${plugin.level}. Not enforced: ${missing}.`];
  });
  return ['Levels of isolation on this machine:', ...tried, ...open, ''];
}
